import { api, unwrap } from '@/api/client'
import type { Entry } from '@/features/orders/queries'

const PARTS_URL = '/api/v1/orders/{order_id}/dispute/evidence/parts/{sha256}'
const PART_BYTES = 256 * 1024

interface EvidenceFile {
  orderId: number
  file: File
  idempotencyKey: string
  /** Receives the uploaded share of the file, from 0 to 1. */
  onProgress(share: number): void
}

/**
 * Upload a file to a dispute, part by part. Called again with the same file, it resumes after the last part that the
 * shop has, from another page too.
 */
export async function uploadEvidence({
  orderId,
  file,
  idempotencyKey,
  onProgress,
}: EvidenceFile): Promise<Entry> {
  const { sha256Of } = await import('@/chain')
  const digest = sha256Of(new Uint8Array(await file.arrayBuffer()))
  const path = { order_id: orderId, sha256: digest }
  let { receivedBytes } = await unwrap(api.GET(PARTS_URL, { params: { path } }))
  const reportProgress = () => onProgress(receivedBytes / Math.max(1, file.size))
  reportProgress()
  while (receivedBytes < file.size) {
    const part = file.slice(receivedBytes, receivedBytes + PART_BYTES)
    const sent = await unwrap(
      api.PUT(PARTS_URL, {
        params: { path, query: { offset: receivedBytes } },
        headers: { 'Content-Type': 'application/octet-stream' },
        body: '', // the OpenAPI type of bytes; the real body is the next line's
        bodySerializer: () => part,
      }),
    )
    receivedBytes = sent.receivedBytes
    reportProgress()
  }
  const header = { 'Idempotency-Key': idempotencyKey }
  return unwrap(api.POST(PARTS_URL, { params: { path, header } }))
}
