import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '@/components/Button'
import { Field } from '@/components/Field'

const REASON_MOST = 500

interface AskedProps {
  label: string
  /** What will happen, said before it does. */
  consequence: string
  busy: boolean
  onReason(reason: string): void
}

/** Something to press that is noted with its reason: the reason is asked for first. */
export function Asked({ label, consequence, busy, onReason }: AskedProps) {
  const { t } = useTranslation()
  const [isAsking, setIsAsking] = useState(false)
  const [reason, setReason] = useState('')
  if (!isAsking)
    return (
      <Button look="quiet" busy={busy} onClick={() => setIsAsking(true)}>
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
        maxLength={REASON_MOST}
        required
      />
      <div className="flex gap-2">
        <Button type="submit" disabled={reason.trim() === ''}>
          {label}
        </Button>
        <Button look="quiet" onClick={() => setIsAsking(false)}>
          {t('actions.cancel')}
        </Button>
      </div>
    </form>
  )
}
