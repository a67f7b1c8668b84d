import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from './Button'

interface ConfirmedButtonProps {
  look?: 'primary' | 'quiet' | 'danger'
  label: string
  /** What will happen, said before it does. */
  consequence: string
  busy: boolean
  onConfirm(): void
  children?: ReactNode
}

/** For what cannot be taken back: the first press says what will happen, the second does it. */
export function ConfirmedButton({
  look = 'primary',
  label,
  consequence,
  busy,
  onConfirm,
  children,
}: ConfirmedButtonProps) {
  const { t } = useTranslation()
  const [isAsking, setIsAsking] = useState(false)
  if (!isAsking)
    return (
      <Button look={look} busy={busy} onClick={() => setIsAsking(true)}>
        {label}
      </Button>
    )
  const confirm = () => {
    setIsAsking(false)
    onConfirm()
  }
  return (
    <fieldset aria-label={label} className="grid gap-4 rounded-2xl border border-edge p-4">
      <p>{consequence}</p>
      {children}
      <div className="grid gap-3 sm:flex">
        <Button
          look={look === 'quiet' ? 'primary' : look}
          busy={busy}
          onClick={confirm}
          className="sm:flex-1"
        >
          {label}
        </Button>
        <Button look="quiet" onClick={() => setIsAsking(false)}>
          {t('actions.cancel')}
        </Button>
      </div>
    </fieldset>
  )
}
