import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { answerOf, api, newIdempotencyKey } from '@/api/client'
import { codeOf } from '@/api/problem'
import { Button } from '@/components/Button'
import { ErrorSentence } from '@/components/ErrorMessage'
import { TextArea } from '@/components/Field'
import { Moment } from '@/components/time'
import { UserText } from '@/components/UserText'
import { type Dispute, disputeQuery, type Entry } from '@/features/orders/queries'
import { EvidenceUpload } from './EvidenceUpload'
import { useSaving } from './useDownload'

const MESSAGE_MOST = 4_000
const NO_DISPUTE = 'dispute_not_found'

/** What the parties and the arbiter say and show each other; nothing of it can be taken back. Often there is nothing. */
export function DisputeThread({ orderId, isDisputed }: { orderId: number; isDisputed: boolean }) {
  const { t } = useTranslation()
  const { data: dispute, error, isPending, refetch } = useQuery(disputeQuery(orderId))
  if (isPending) return isDisputed && <div className="skeleton h-40 w-full" />
  if (dispute === undefined) {
    if (codeOf(error) === NO_DISPUTE) return null
    return <ErrorSentence error={error} onRetry={() => void refetch()} />
  }
  const isEmpty = dispute.entries.length === 0
  if (isEmpty && !dispute.mayWrite) return null
  return (
    <section className="card grid gap-5 p-5" aria-label={t('dispute.title')}>
      <h2 className="text-lg">{t('dispute.title')}</h2>
      <ol className="grid gap-3">
        {dispute.entries.map(entry => (
          <ThreadEntry key={entry.number} entry={entry} dispute={dispute} />
        ))}
      </ol>
      {isEmpty && <p className="text-quiet text-sm">{t('dispute.empty')}</p>}
      {dispute.mayWrite && <WriteMessage orderId={orderId} />}
      {dispute.mayShowFiles && dispute.status === 'disputed' && <EvidenceUpload orderId={orderId} />}
      {!isEmpty && <SaveBundle orderId={orderId} />}
    </section>
  )
}

function ThreadEntry({ entry, dispute }: { entry: Entry; dispute: Dispute }) {
  const { t } = useTranslation()
  const isMine = entry.by === dispute.role
  return (
    <li
      data-entry={entry.kind}
      className={`grid max-w-[90%] gap-1 rounded-2xl p-4 ${isMine ? 'justify-self-end bg-tint' : 'bg-sunken'}`}
    >
      <p className="text-quiet text-sm">
        {t(`party.${entry.by}`)} · <Moment at={entry.writtenAt} />
      </p>
      {entry.text !== null && (
        <p className="whitespace-pre-line">
          <UserText text={entry.text} />
        </p>
      )}
      {entry.file !== null &&
        (entry.erasedAt ? (
          <p>{t('dispute.erased')}</p>
        ) : (
          <SaveEvidence orderId={dispute.orderId} entry={entry} />
        ))}
      {entry.kind === 'erasure' && <p>{t('dispute.erasure', { number: entry.erases ?? 0 })}</p>}
    </li>
  )
}

function SaveEvidence({ orderId, entry }: { orderId: number; entry: Entry }) {
  const { t } = useTranslation()
  const save = useSaving(`/api/v1/orders/${orderId}/dispute/evidence/${entry.number}`)
  return (
    <>
      <Button look="quiet" busy={save.isPending} onClick={() => save.mutate()} className="justify-self-start">
        {t('dispute.save', { number: entry.number })}
      </Button>
      {save.error && <ErrorSentence error={save.error} />}
    </>
  )
}

function SaveBundle({ orderId }: { orderId: number }) {
  const { t } = useTranslation()
  const save = useSaving(`/api/v1/orders/${orderId}/dispute/bundle`)
  return (
    <div className="grid gap-2 border-line border-t pt-4">
      <p className="text-quiet text-sm">{t('dispute.bundleText')}</p>
      <Button look="quiet" busy={save.isPending} onClick={() => save.mutate()} className="justify-self-start">
        {t('dispute.bundle')}
      </Button>
      {save.error && <ErrorSentence error={save.error} />}
    </div>
  )
}

function WriteMessage({ orderId }: { orderId: number }) {
  const { t } = useTranslation()
  const queries = useQueryClient()
  const [text, setText] = useState('')
  const attempt = useRef({ text: '', key: '' })
  const write = useMutation({
    mutationFn: (said: string) => {
      if (attempt.current.text !== said) attempt.current = { text: said, key: newIdempotencyKey() }
      return answerOf(
        api.POST('/api/v1/orders/{order_id}/dispute/messages', {
          params: { path: { order_id: orderId }, header: { 'Idempotency-Key': attempt.current.key } },
          body: { text: said },
        }),
      )
    },
    onSuccess: () => {
      attempt.current.text = ''
      setText('')
      void queries.invalidateQueries({ queryKey: ['orders', orderId, 'dispute'] })
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (text.trim() !== '') write.mutate(text.trim())
  }
  return (
    <form onSubmit={submit} className="grid gap-3">
      <TextArea
        label={t('dispute.message')}
        hint={t('dispute.messageHint')}
        value={text}
        onChange={setText}
        maxLength={MESSAGE_MOST}
      />
      {write.error && <ErrorSentence error={write.error} />}
      <Button
        type="submit"
        busy={write.isPending}
        disabled={text.trim() === ''}
        className="justify-self-start"
      >
        {t('dispute.send')}
      </Button>
    </form>
  )
}
