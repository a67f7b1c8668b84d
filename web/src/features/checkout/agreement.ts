/** What a buyer has agreed to at checkout: an offer never changes unnoticed between the page and the order. */
import { useState } from 'react'
import type { Product } from '@/features/shop/queries'
import type { Money } from '@/money/money'
import type { PaymentMode } from '@/payments/PaymentMethod'

export interface Offer {
  mode: PaymentMode
  title: string
  /** The document of everything that the product page says. */
  documentCid: string
  amount: Money
}

export interface Agreement {
  /** The offer that the buyer saw first or accepted last; undefined while the amount is not known. */
  agreed: Offer | undefined
  /** The offer as it is now. */
  current: Offer | undefined
  isChanged: boolean
  accept(): void
}

/** Hold the first offer that is shown against what it becomes. A payment method that the buyer chooses is no change. */
export function useAgreement(product: Product, mode: PaymentMode, amount: Money | undefined): Agreement {
  const current = amount && { mode, title: product.title, documentCid: product.metadataCid, amount }
  const [agreed, setAgreed] = useState(current)
  const next = agreedNext(agreed, current)
  if (next !== agreed) setAgreed(next)
  return {
    agreed: next,
    current,
    isChanged: next !== undefined && current !== undefined && isDifferent(next, current),
    accept: () => setAgreed(current),
  }
}

/** Return what counts as agreed once the page shows `current`. */
export function agreedNext(agreed: Offer | undefined, current: Offer | undefined): Offer | undefined {
  if (agreed === undefined || current === undefined) return agreed ?? current
  if (agreed.mode === current.mode) return agreed
  return { ...agreed, mode: current.mode, amount: current.amount }
}

export function isDifferent(agreed: Offer, current: Offer): boolean {
  return agreed.documentCid !== current.documentCid || agreed.amount.amount !== current.amount.amount
}
