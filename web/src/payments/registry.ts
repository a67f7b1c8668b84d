/** The payment methods of the app. Screens ask here, by the `paymentMode` of the API, and never compare modes. */
import type { Order } from '@/features/orders/queries'
import type { Money } from '@/money/money'
import { dot } from './dot/dot'
import { mpesa } from './mpesa/mpesa'
import type { PaymentMethod, PaymentMode } from './PaymentMethod'

/** In the order in which buyers see them. */
const BUILT_IN: readonly PaymentMethod[] = [mpesa, dot]

const methods = new Map<PaymentMode, PaymentMethod>(BUILT_IN.map(method => [method.mode, method]))

export function registerPaymentMethod(method: PaymentMethod): void {
  methods.set(method.mode, method)
}

export function paymentMethods(): PaymentMethod[] {
  return [...methods.values()]
}

/** Return the method of an order, a dispute or anything else with a payment mode. Throws RangeError for an unknown mode. */
export function paymentMethodOf({ paymentMode }: { paymentMode: PaymentMode }): PaymentMethod {
  const method = methods.get(paymentMode)
  if (method === undefined) throw new RangeError(`unknown payment mode: ${paymentMode}`)
  return method
}

export function amountOf(order: Pick<Order, 'paymentMode' | 'amountPlanck' | 'amountKesCents'>): Money {
  return paymentMethodOf(order).amountOf(order)
}

export function feeOf(order: Pick<Order, 'paymentMode' | 'feePlanck' | 'feeKesCents'>): Money {
  return paymentMethodOf(order).feeOf(order)
}
