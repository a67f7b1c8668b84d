import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useId, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { newIdempotencyKey } from '@/api/client'
import { CheckIcon } from '@/app/icons'
import { Spinner } from '@/components/Button'
import { ErrorMessage } from '@/components/ErrorMessage'
import type { Entry } from '@/features/orders/queries'
import { uploadEvidence } from './uploadEvidence'

const ACCEPTED_TYPES = 'image/jpeg,image/png,image/webp,application/pdf,text/plain'

/** An upload of a photo or document for the other party and the arbiter. A retry resumes an interrupted upload. */
export function EvidenceUpload({
  orderId,
  onUploaded,
}: {
  orderId: number
  onUploaded?(entry: Entry): void
}) {
  const { t } = useTranslation()
  const id = useId()
  const queryClient = useQueryClient()
  const attempt = useRef('')
  const [share, setShare] = useState(0)
  const upload = useMutation({
    mutationFn: (file: File) =>
      uploadEvidence({ orderId, file, idempotencyKey: attempt.current, onProgress: setShare }),
    onSuccess: entry => {
      onUploaded?.(entry)
      void queryClient.invalidateQueries({ queryKey: ['orders', orderId, 'dispute'] })
    },
  })
  const choose = (files: FileList | null) => {
    const file = files?.[0]
    if (file === undefined) return
    attempt.current = newIdempotencyKey()
    setShare(0)
    upload.mutate(file)
  }
  const { variables: file } = upload
  return (
    <div className="grid gap-3">
      <label htmlFor={id} className="font-semibold text-sm">
        {t('dispute.evidence')}
      </label>
      <input
        id={id}
        type="file"
        accept={ACCEPTED_TYPES}
        disabled={upload.isPending}
        onChange={event => choose(event.target.files)}
        className="w-full rounded-2xl border border-edge border-dashed bg-surface p-3 text-sm file:mr-3 file:min-h-11 file:rounded-xl file:border-0 file:bg-tint file:px-4 file:font-semibold file:text-ink"
      />
      <p className="text-quiet text-sm">{t('dispute.evidenceHint')}</p>
      {upload.isPending && (
        <p role="status" className="flex items-center gap-2 text-sm">
          <Spinner /> {t('dispute.uploading')}
          <progress aria-label={t('dispute.uploading')} value={share} className="h-2 grow accent-brand" />
        </p>
      )}
      {upload.isSuccess && (
        <p role="status" className="flex items-center gap-2 text-brand text-sm">
          <CheckIcon /> {t('dispute.uploaded')}
        </p>
      )}
      {upload.error && file !== undefined && (
        <ErrorMessage error={upload.error} onRetry={() => upload.mutate(file)} />
      )}
    </div>
  )
}
