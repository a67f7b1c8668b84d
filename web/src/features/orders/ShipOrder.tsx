import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { uploadForAll } from '@/api/upload'
import { Button } from '@/components/Button'
import { ErrorSentence } from '@/components/ErrorMessage'
import { Field } from '@/components/Field'
import type { MoveState } from './useOrderAction'

const TRACKING_MOST = 300

/** The seller says that the parcel is on its way; the words are a file of their own, and the contract keeps its digest. */
export function Ship({ move }: { move: MoveState }) {
  const { t } = useTranslation()
  const [tracking, setTracking] = useState('')
  const ship = useMutation({
    mutationFn: async () => {
      const words = tracking.trim()
      const cid = words === '' ? undefined : (await uploadForAll(asTextFile(words))).cid
      move.mutate({ action: 'ship', cid })
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    ship.mutate()
  }
  return (
    <form onSubmit={submit} className="grid gap-4">
      <Field
        label={t('acts.ship.tracking')}
        hint={t('acts.ship.trackingHint')}
        value={tracking}
        onChange={event => setTracking(event.target.value)}
        maxLength={TRACKING_MOST}
        autoComplete="off"
      />
      {ship.error && <ErrorSentence error={ship.error} />}
      <Button type="submit" busy={ship.isPending || move.isPending}>
        {t('acts.ship.label')}
      </Button>
    </form>
  )
}

function asTextFile(words: string): File {
  return new File([words], 'tracking.txt', { type: 'text/plain' })
}
