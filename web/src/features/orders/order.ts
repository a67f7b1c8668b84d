/** Amounts, holder and split of an order's money. */
import type { MoneyHolder } from '@/components/MoneyLocation'
import { kesCents, type Money, planck } from '@/money/money'
import type { Order, OrderStatus } from './queries'

export function amountOf(order: Order): Money {
  return order.amountPlanck === null ? kesCents(order.amountKesCents ?? '0') : planck(order.amountPlanck)
}

export function feeOf(order: Order): Money {
  return order.feePlanck === null ? kesCents(order.feeKesCents ?? '0') : planck(order.feePlanck)
}

export function moneyHolderOf(status: OrderStatus): MoneyHolder {
  switch (status) {
    case 'created':
    case 'cancelled':
    case 'expired':
    case 'refunded':
      return 'buyer'
    case 'funded':
    case 'shipped':
    case 'disputed':
      return 'escrow'
    case 'delivered':
      return 'seller'
    case 'resolved':
      return 'split'
  }
}

/** The whole amount in basis points. The API states the buyer's share, the contract the seller's. */
export const WHOLE_BPS = 10_000

/** The smallest amount of a split: one planck, or one shilling, since M-Pesa pays no cents. */
const SMALLEST_PART: Record<Money['unit'], bigint> = { planck: 1n, kesCents: 100n }

/** Split an amount as the contract does: the seller's part is rounded down, and the rest is the buyer's. */
export function splitAmount(amount: Money, buyerBps: number): { toBuyer: Money; toSeller: Money } {
  const unit = SMALLEST_PART[amount.unit]
  const sellerBps = BigInt(WHOLE_BPS - buyerBps)
  const seller = ((amount.amount * sellerBps) / (BigInt(WHOLE_BPS) * unit)) * unit
  return {
    toBuyer: { ...amount, amount: amount.amount - seller },
    toSeller: { ...amount, amount: seller },
  }
}
