/** The holder and the split of an order's money. */
import type { MoneyHolder } from '@/components/MoneyLocation'
import { type Money, smallestPayable } from '@/money/money'
import type { OrderStatus } from './queries'

export function moneyHolderOf(status: OrderStatus): MoneyHolder {
  switch (status) {
    case 'created':
    case 'cancelled':
    case 'expired':
    case 'refunded':
      return 'buyer'
    case 'funded':
    case 'shipped':
    case 'received':
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

/** Split an amount as the contract does: the seller's part is rounded down, and the rest is the buyer's. */
export function splitAmount(amount: Money, buyerBps: number): { toBuyer: Money; toSeller: Money } {
  const smallest = smallestPayable(amount.unit)
  const sellerBps = BigInt(WHOLE_BPS - buyerBps)
  const seller = ((amount.amount * sellerBps) / (BigInt(WHOLE_BPS) * smallest)) * smallest
  return {
    toBuyer: { ...amount, amount: amount.amount - seller },
    toSeller: { ...amount, amount: seller },
  }
}
