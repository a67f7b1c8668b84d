import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { answerOf, api, type Schemas } from '@/api/client'

export type Order = Schemas['OrderView']
export type OrderStatus = Order['status']
export type Step = Schemas['TransitionView']
export type Payment = Schemas['PaymentView']
export type Payout = Schemas['PayoutView']

/** Everything live comes over the feed; this is for when it is silent. */
const LOOK_AGAIN_MS = 10_000
const LOOK_SOON_MS = 2_000

const path = (orderId: number) => ({ params: { path: { order_id: orderId } } })

export const orderQuery = (orderId: number) =>
  queryOptions({
    queryKey: ['orders', orderId],
    queryFn: () => answerOf(api.GET('/api/v1/orders/{order_id}', path(orderId))),
    refetchInterval: query =>
      query.state.data !== undefined && isWaitingForChain(query.state.data) ? LOOK_SOON_MS : LOOK_AGAIN_MS,
  })

export const timelineQuery = (orderId: number) =>
  queryOptions({
    queryKey: ['orders', orderId, 'timeline'],
    queryFn: () => answerOf(api.GET('/api/v1/orders/{order_id}/timeline', path(orderId))),
  })

export const paymentsQuery = (orderId: number) =>
  queryOptions({
    queryKey: ['orders', orderId, 'payments'],
    queryFn: () => answerOf(api.GET('/api/v1/orders/{order_id}/payments/mpesa', path(orderId))),
    refetchInterval: LOOK_SOON_MS,
  })

export const payoutsQuery = (orderId: number) =>
  queryOptions({
    queryKey: ['orders', orderId, 'payouts'],
    queryFn: () => answerOf(api.GET('/api/v1/orders/{order_id}/payouts', path(orderId))),
  })

/** What became of a payment in DOT; `sent` is what this browser remembers of it. */
export const dotPaymentQuery = (
  orderId: number,
  sent: { hash: string; validUntilBlock: number } | undefined,
) =>
  queryOptions({
    queryKey: ['orders', orderId, 'dotPayment', sent?.hash],
    queryFn: () =>
      answerOf(
        api.GET('/api/v1/orders/{order_id}/payments/dot', {
          params: {
            path: { order_id: orderId },
            query:
              sent === undefined ? {} : { transaction: sent.hash, validUntilBlock: sent.validUntilBlock },
          },
        }),
      ),
    refetchInterval: query => (query.state.data?.next === 'wait' ? LOOK_AGAIN_MS : false),
  })

export const ordersQuery = infiniteQueryOptions({
  queryKey: ['orders', 'list'],
  queryFn: ({ pageParam }) =>
    answerOf(
      api.GET('/api/v1/orders', { params: { query: pageParam === undefined ? {} : { after: pageParam } } }),
    ),
  initialPageParam: undefined as number | undefined,
  getNextPageParam: page => page.next ?? undefined,
})

export function isWaitingForChain(order: Order): boolean {
  return order.contractOrderId === null || order.confirming.length > 0
}
