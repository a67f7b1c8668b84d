import { keep, kept } from '@/session/storage'

interface SentPayment {
  hash: string
  validUntilBlock: number
}

/** What this browser sent for an order, so that it can be looked for after anything went wrong. It is on the chain. */
export function rememberSent(orderId: number, sent: SentPayment): void {
  keep(`payment.${orderId}`, JSON.stringify({ hash: sent.hash, validUntilBlock: sent.validUntilBlock }))
}

export function rememberedSent(orderId: number): SentPayment | undefined {
  try {
    const sent: unknown = JSON.parse(kept(`payment.${orderId}`) ?? 'null')
    return isSentPayment(sent) ? sent : undefined
  } catch {
    return undefined
  }
}

function isSentPayment(value: unknown): value is SentPayment {
  if (typeof value !== 'object' || value === null) return false
  const { hash, validUntilBlock } = value as Partial<SentPayment>
  return /^0x[0-9a-f]{64}$/i.test(hash ?? '') && Number.isSafeInteger(validUntilBlock)
}
