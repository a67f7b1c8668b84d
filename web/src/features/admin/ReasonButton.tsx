import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '@/components/Button'
import { Field } from '@/components/Field'

const MAX_REASON_LENGTH = 500

interface ReasonButtonProps {
  label: string
  /** The effect of the action, shown before it is confirmed. */
  consequence: string
  busy: boolean
  onReason(reason: string): void
}

/** A button for an action that is recorded with a reason: it asks for the reason first. */
export function ReasonButton({ label, consequence, busy, onReason }: ReasonButtonProps) {
  const { t } = useTranslation()
  const [isAsking, setIsAsking] = useState(false)
  const [reason, setReason] = useState('')
  if (!isAsking)
    return (
      <Button variant="secondary" busy={busy} onClick={() => setIsAsking(true)}>
        {label}
      </Button>
    )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setIsAsking(false)
    setReason('')
    onReason(reason.trim())
  }
  return (
    <form onSubmit={submit} aria-label={label} className="grid min-w-60 gap-3">
      <p>{consequence}</p>
      <Field
        label={t('admin.reason')}
        value={reason}
        onChange={event => setReason(event.target.value)}
        maxLength={MAX_REASON_LENGTH}
        required
      />
      <div className="flex gap-2">
        <Button type="submit" disabled={reason.trim() === ''}>
          {label}
        </Button>
        <Button variant="secondary" onClick={() => setIsAsking(false)}>
          {t('actions.notNow')}
        </Button>
      </div>
    </form>
  )
}
