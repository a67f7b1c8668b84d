/** A seller's earnings by week, from delivered orders. */
import type { Order } from '@/features/orders/queries'
import type { Unit } from '@/money/money'
import { amountOf, feeOf } from '@/payments/registry'

export interface Week {
  /** The Monday it begins with, in UTC: `2026-11-23`. */
  begins: string
  amount: bigint
}

const DAY_MS = 86_400_000
const DAYS = 7
/** The day number of the first Monday since 1970-01-01, a Thursday. */
const MONDAY = 4

/** Add up delivered orders less the fee for each of the last weeks, the newest last, weeks without sales included. */
export function weeklyEarnings(orders: readonly Order[], unit: Unit, now: number, count: number): Week[] {
  const thisWeek = weekOf(now)
  const weeks = Array.from({ length: count }, (_, index) => ({
    begins: new Date((thisWeek - (count - 1 - index) * DAYS) * DAY_MS).toISOString().slice(0, 10),
    amount: 0n,
  }))
  for (const order of orders) {
    if (order.role !== 'seller' || order.status !== 'delivered' || order.endedAt === null) continue
    const amount = amountOf(order)
    const index = count - 1 - (thisWeek - weekOf(Date.parse(order.endedAt))) / DAYS
    const week = weeks[index]
    if (week !== undefined && amount.unit === unit) week.amount += amount.amount - feeOf(order).amount
  }
  return weeks
}

/** Return the day number, counted from 1970, of the Monday of a week. */
function weekOf(at: number): number {
  const day = Math.floor(at / DAY_MS)
  return day - ((day - MONDAY + DAYS) % DAYS)
}
