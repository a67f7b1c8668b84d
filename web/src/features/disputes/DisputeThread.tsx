import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api, newIdempotencyKey, unwrap } from '@/api/client'
import { errorCode } from '@/api/problem'
import { Button } from '@/components/Button'
import { ErrorMessage } from '@/components/ErrorMessage'
import { TextArea } from '@/components/Field'
import { DateTime } from '@/components/time'
import { UserText } from '@/components/UserText'
import { type Dispute, disputeQuery, type Entry } from '@/features/orders/queries'
import { EvidenceUpload } from './EvidenceUpload'
import { useDownload } from './useDownload'

const MAX_MESSAGE_LENGTH = 4_000
const NO_DISPUTE = 'dispute_not_found'

/** The messages and evidence of a dispute. An order without any shows nothing. */
export function DisputeThread({ orderId, isDisputed }: { orderId: number; isDisputed: boolean }) {
  const { t } = useTranslation()
  const { data: dispute, error, isPending, refetch } = useQuery(disputeQuery(orderId))
  if (isPending) return isDisputed && <div className="skeleton h-40 w-full" />
  if (dispute === undefined) {
    if (errorCode(error) === NO_DISPUTE) return null
    return <ErrorMessage error={error} onRetry={() => void refetch()} />
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
      {dispute.mayWrite && <MessageForm orderId={orderId} />}
      {dispute.mayShowFiles && dispute.status === 'disputed' && <EvidenceUpload orderId={orderId} />}
      {!isEmpty && <DownloadBundle orderId={orderId} />}
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
        {t(`party.${entry.by}`)} · <DateTime at={entry.writtenAt} />
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
          <DownloadEvidence orderId={dispute.orderId} entry={entry} />
        ))}
      {entry.kind === 'erasure' && <p>{t('dispute.erasure', { number: entry.erases ?? 0 })}</p>}
    </li>
  )
}

function DownloadEvidence({ orderId, entry }: { orderId: number; entry: Entry }) {
  const { t } = useTranslation()
  const save = useDownload(`/api/v1/orders/${orderId}/dispute/evidence/${entry.number}`)
  return (
    <>
      <Button
        variant="secondary"
        busy={save.isPending}
        onClick={() => save.mutate()}
        className="justify-self-start"
      >
        {t('dispute.download', { number: entry.number })}
      </Button>
      {save.error && <ErrorMessage error={save.error} />}
    </>
  )
}

function DownloadBundle({ orderId }: { orderId: number }) {
  const { t } = useTranslation()
  const save = useDownload(`/api/v1/orders/${orderId}/dispute/bundle`)
  return (
    <div className="grid gap-2 border-line border-t pt-4">
      <p className="text-quiet text-sm">{t('dispute.bundleText')}</p>
      <Button
        variant="secondary"
        busy={save.isPending}
        onClick={() => save.mutate()}
        className="justify-self-start"
      >
        {t('dispute.bundle')}
      </Button>
      {save.error && <ErrorMessage error={save.error} />}
    </div>
  )
}

function MessageForm({ orderId }: { orderId: number }) {
  const { t } = useTranslation()
  const queryClient = useQueryClient()
  const [text, setText] = useState('')
  const attempt = useRef({ text: '', key: '' })
  const write = useMutation({
    mutationFn: (message: string) => {
      if (attempt.current.text !== message) attempt.current = { text: message, key: newIdempotencyKey() }
      return unwrap(
        api.POST('/api/v1/orders/{order_id}/dispute/messages', {
          params: { path: { order_id: orderId }, header: { 'Idempotency-Key': attempt.current.key } },
          body: { text: message },
        }),
      )
    },
    onSuccess: () => {
      attempt.current.text = ''
      setText('')
      void queryClient.invalidateQueries({ queryKey: ['orders', orderId, 'dispute'] })
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
        maxLength={MAX_MESSAGE_LENGTH}
      />
      {write.error && <ErrorMessage error={write.error} />}
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
