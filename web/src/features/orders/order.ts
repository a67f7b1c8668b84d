/** What an order is to those who look at it. */
import type { Schemas } from '@/api/client'
import type { MoneyPlace } from '@/components/MoneyTrail'
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

/** What parties and arbiters do by a call of their own; paying has a place of its own. */
export type Act = Schemas['OrderUpdateRequest']['action']

/** Whether the shop passes the act on, so that nobody signs: for who has no coin to pay a fee with. */
export function isRelayed(order: Order, act: Act): boolean {
  return order.paymentMode === 'mpesa' && RELAYED.has(act)
}

const RELAYED = new Set<Act>(['ship', 'confirm', 'dispute', 'cancel'])
