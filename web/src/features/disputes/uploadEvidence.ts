import { answerOf, api } from '@/api/client'
import type { Entry } from '@/features/orders/queries'

const PARTS = '/api/v1/orders/{order_id}/dispute/evidence/parts/{sha256}'
const PART_BYTES = 256 * 1024

interface Sending {
  orderId: number
  file: File
  idempotencyKey: string
  /** Hears how much of the file the shop has, from 0 to 1. */
  onProgress(share: number): void
}

/**
 * Shows a file in a dispute, sent part by part. Broken off, it goes on from what the shop has when it is called again
 * with the same file, from another page too.
 */
export async function sendEvidence({ orderId, file, idempotencyKey, onProgress }: Sending): Promise<Entry> {
  const { sha256Of } = await import('@/chain')
  const digest = sha256Of(new Uint8Array(await file.arrayBuffer()))
  const path = { order_id: orderId, sha256: digest }
  let { receivedBytes } = await answerOf(api.GET(PARTS, { params: { path } }))
  const tell = () => onProgress(receivedBytes / Math.max(1, file.size))
  tell()
  while (receivedBytes < file.size) {
    const part = file.slice(receivedBytes, receivedBytes + PART_BYTES)
    const sent = await answerOf(
      api.PUT(PARTS, {
        params: { path, query: { offset: receivedBytes } },
        headers: { 'Content-Type': 'application/octet-stream' },
        body: '', // the document's word for bytes; they are the next line's
        bodySerializer: () => part,
      }),
    )
    receivedBytes = sent.receivedBytes
    tell()
  }
  const header = { 'Idempotency-Key': idempotencyKey }
  return answerOf(api.POST(PARTS, { params: { path, header } }))
}
