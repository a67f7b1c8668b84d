/** What a seller has earned, by week, from orders that ended with money for them. */
import { amountOf, feeOf } from '@/features/orders/order'
import type { Order } from '@/features/orders/queries'
import type { Money } from '@/money/money'

export interface Week {
  /** The Monday it begins with, in UTC: `2026-11-23`. */
  begins: string
  amount: bigint
}

const DAY_MS = 86_400_000
const DAYS = 7
/** The first of January 1970 was a Thursday: days since then begin a week when they leave four. */
const MONDAY = 4

/** Delivered orders less the fee; the newest week last, those without sales between them too. */
export function weeksOf(orders: readonly Order[], unit: Money['unit'], now: number, count: number): Week[] {
  const thisWeek = weekOf(now)
  const weeks = Array.from({ length: count }, (_, place) => ({
    begins: new Date((thisWeek - (count - 1 - place) * DAYS) * DAY_MS).toISOString().slice(0, 10),
    amount: 0n,
  }))
  for (const order of orders) {
    if (order.role !== 'seller' || order.status !== 'delivered' || order.endedAt === null) continue
    const amount = amountOf(order)
    const place = count - 1 - (thisWeek - weekOf(Date.parse(order.endedAt))) / DAYS
    const week = weeks[place]
    if (week !== undefined && amount.unit === unit) week.amount += amount.amount - feeOf(order).amount
  }
  return weeks
}

/** The day, counted from 1970, of the Monday before. */
function weekOf(at: number): number {
  const day = Math.floor(at / DAY_MS)
  return day - ((day - MONDAY + DAYS) % DAYS)
}
