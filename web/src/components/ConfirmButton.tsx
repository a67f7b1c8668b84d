import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from './Button'

interface ConfirmButtonProps {
  variant?: 'primary' | 'secondary' | 'danger'
  label: string
  /** The effect of the action, shown before it is confirmed. */
  consequence: string
  busy: boolean
  onConfirm(): void
  children?: ReactNode
}

/** A button for an action that cannot be undone: the first press shows its effect, the second confirms it. */
export function ConfirmButton({
  variant = 'primary',
  label,
  consequence,
  busy,
  onConfirm,
  children,
}: ConfirmButtonProps) {
  const { t } = useTranslation()
  const [isAsking, setIsAsking] = useState(false)
  if (!isAsking)
    return (
      <Button variant={variant} busy={busy} onClick={() => setIsAsking(true)}>
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
          variant={variant === 'secondary' ? 'primary' : variant}
          busy={busy}
          onClick={confirm}
          className="sm:flex-1"
        >
          {label}
        </Button>
        <Button variant="secondary" onClick={() => setIsAsking(false)}>
          {t('actions.notNow')}
        </Button>
      </div>
    </fieldset>
  )
}
