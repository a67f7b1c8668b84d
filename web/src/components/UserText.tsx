/** Words that somebody typed: kept apart, so that their writing direction turns nothing of ours around. */
export function UserText({ text, className }: { text: string; className?: string }) {
  return (
    <bdi className={className} dir="auto">
      {text}
    </bdi>
  )
}

/** An account as people can compare it: its beginning and its end; all of it for who hovers or copies. */
export function Address({ address }: { address: string }) {
  return (
    <span title={address} className="figures whitespace-nowrap font-mono text-[0.9em]">
      {address.slice(0, 6)}…{address.slice(-6)}
    </span>
  )
}
