import { loadSetting, saveSetting } from '@/session/storage'

export interface SentPayment {
  hash: string
  validUntilBlock: number
}

/** Remember the transaction that pays an order, so that it can be found after a failure. It is public on the chain. */
export function saveSentPayment(orderId: number, sent: SentPayment): void {
  saveSetting(
    `payment.${orderId}`,
    JSON.stringify({ hash: sent.hash, validUntilBlock: sent.validUntilBlock }),
  )
}

export function loadSentPayment(orderId: number): SentPayment | undefined {
  try {
    const sent: unknown = JSON.parse(loadSetting(`payment.${orderId}`) ?? 'null')
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
