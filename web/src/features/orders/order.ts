/** What an order is to those who look at it. */
import type { MoneyPlace } from '@/components/MoneyLocation'
import { kesCents, type Money, planck } from '@/money/money'
import type { Order, OrderStatus } from './queries'

export function amountOf(order: Order): Money {
  return order.amountPlanck === null ? kesCents(order.amountKesCents ?? '0') : planck(order.amountPlanck)
}

export function feeOf(order: Order): Money {
  return order.feePlanck === null ? kesCents(order.feeKesCents ?? '0') : planck(order.feePlanck)
}

export function placeOf(status: OrderStatus): MoneyPlace {
  switch (status) {
    case 'created':
    case 'cancelled':
    case 'expired':
    case 'refunded':
      return 'buyer'
    case 'funded':
    case 'shipped':
    case 'disputed':
      return 'held'
    case 'delivered':
      return 'seller'
    case 'resolved':
      return 'divided'
  }
}

/** Who holds the money while it waits: the contract its coin, the shop what came by M-Pesa. */
export function holderOf(order: Order): 'contract' | 'shop' {
  return order.paymentMode === 'dot' ? 'contract' : 'shop'
}

/** The whole, in basis points. The API names the buyer's share of it, the contract the seller's. */
export const WHOLE_BPS = 10_000

/** What the contract divides down to: a planck, or a shilling, since M-Pesa pays no cents. */
const SMALLEST_PART: Record<Money['unit'], bigint> = { planck: 1n, kesCents: 100n }

/** As the contract divides: the seller's part is rounded down to what can be paid, and all the rest is the buyer's. */
export function partsOf(amount: Money, buyerBps: number): { toBuyer: Money; toSeller: Money } {
  const unit = SMALLEST_PART[amount.unit]
  const sellerBps = BigInt(WHOLE_BPS - buyerBps)
  const seller = ((amount.amount * sellerBps) / (BigInt(WHOLE_BPS) * unit)) * unit
  return {
    toBuyer: { ...amount, amount: amount.amount - seller },
    toSeller: { ...amount, amount: seller },
  }
}
