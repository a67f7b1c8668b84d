import { queryOptions } from '@tanstack/react-query'
import { api, type Schemas, unwrap } from '@/api/client'

export type Payment = Schemas['PaymentView']

const REFETCH_INTERVAL_MS = 10_000
const FAST_REFETCH_INTERVAL_MS = 2_000

const path = (orderId: number) => ({ params: { path: { order_id: orderId } } })

export const paymentsQuery = (orderId: number) =>
  queryOptions({
    queryKey: ['orders', orderId, 'payments'],
    queryFn: () => unwrap(api.GET('/api/v1/orders/{order_id}/payments/mpesa', path(orderId))),
    refetchInterval: query =>
      query.state.data?.some(isPaymentPending) === true ? FAST_REFETCH_INTERVAL_MS : REFETCH_INTERVAL_MS,
  })

/** Return true while the outcome of a payment is not known. */
export function isPaymentPending(payment: Payment): boolean {
  return payment.status === 'pending'
}

/** What to type to pay the order by hand; all null while that is not possible. */
export const paybillQuery = (orderId: number) =>
  queryOptions({
    queryKey: ['orders', orderId, 'paybill'],
    queryFn: () => unwrap(api.GET('/api/v1/orders/{order_id}/paybill', path(orderId))),
    refetchInterval: REFETCH_INTERVAL_MS,
  })

export const payoutsQuery = (orderId: number) =>
  queryOptions({
    queryKey: ['orders', orderId, 'payouts'],
    queryFn: () => unwrap(api.GET('/api/v1/orders/{order_id}/payouts', path(orderId))),
  })

/** The seller's M-Pesa number, masked; null where none is set. */
export const sellerPhoneQuery = queryOptions({
  queryKey: ['mpesaPhone'],
  queryFn: async () => (await unwrap(api.GET('/api/v1/auth/me/mpesa-phone'))).phone,
})
