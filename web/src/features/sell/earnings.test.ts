import { expect, it } from 'vitest'
import type { Order } from '@/features/orders/queries'
import { weeklyEarnings } from './earnings'

const SUNDAY = Date.parse('2026-11-29T23:59:59Z')

const sold = (endedAt: string, amountPlanck: string, feePlanck: string, status = 'delivered') =>
  ({ role: 'seller', paymentMode: 'dot', status, endedAt, amountPlanck, feePlanck }) as Order

it('adds up by weeks that begin on Mondays, less the fee, and shows empty weeks', () => {
  const orders = [
    sold('2026-11-23T00:00:00Z', '100', '1'),
    sold('2026-11-29T12:00:00Z', '50', '0'),
    sold('2026-11-15T23:59:59Z', '7', '0'),
    sold('2026-11-24T00:00:00Z', '1000', '0', 'refunded'),
    sold('2020-01-01T00:00:00Z', '1000', '0'),
  ]
  expect(weeklyEarnings(orders, 'planck', SUNDAY, 3)).toEqual([
    { begins: '2026-11-09', amount: 7n },
    { begins: '2026-11-16', amount: 0n },
    { begins: '2026-11-23', amount: 149n },
  ])
  expect(weeklyEarnings(orders, 'kesCents', SUNDAY, 1)).toEqual([{ begins: '2026-11-23', amount: 0n }])
})
