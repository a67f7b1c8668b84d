import type { ReactNode } from 'react'

type Tone = 'calm' | 'wait' | 'bad'

const TONES: Record<Tone, string> = {
  calm: 'bg-tint text-ink border-brand/30',
  wait: 'bg-ochre-tint text-ink border-coin/50',
  bad: 'bg-bad-tint text-ink border-bad/40',
}

/** A highlighted message. */
export function Notice({
  tone = 'calm',
  title,
  children,
}: {
  tone?: Tone
  title?: string
  children?: ReactNode
}) {
  return (
    <div
      role={tone === 'bad' ? 'alert' : 'status'}
      className={`rounded-2xl border px-4 py-3.5 ${TONES[tone]}`}
    >
      {title !== undefined && <p className="font-semibold">{title}</p>}
      {children !== undefined && <div className="text-[0.95rem]">{children}</div>}
    </div>
  )
}
