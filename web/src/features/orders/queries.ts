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
    refetchInterval: query => (query.state.data?.some(isUnderWay) === true ? LOOK_SOON_MS : LOOK_AGAIN_MS),
  })

/** Whether nobody knows yet what comes of it. */
export function isUnderWay(payment: Payment): boolean {
  return payment.status === 'pending'
}

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

export type Dispute = Schemas['DisputeView']
export type Entry = Schemas['EntryView']

const ENTRIES = 100

export const disputeQuery = (orderId: number) =>
  queryOptions({
    queryKey: ['orders', orderId, 'dispute'],
    queryFn: () =>
      answerOf(
        api.GET('/api/v1/orders/{order_id}/dispute', {
          params: { path: { order_id: orderId }, query: { limit: ENTRIES } },
        }),
      ),
    refetchInterval: LOOK_AGAIN_MS,
  })

const TRACKING_MOST = 2_000

/** What the seller said of the parcel: a text of its own that anybody may read, by the name that the contract keeps. */
export const trackingQuery = (cid: string | undefined) =>
  queryOptions({
    queryKey: ['tracking', cid],
    queryFn: async () => {
      const response = await fetch(`/ipfs/${cid}`)
      const isText = response.headers.get('Content-Type')?.startsWith('text/plain') === true
      return response.ok && isText ? (await response.text()).slice(0, TRACKING_MOST) : (cid ?? '')
    },
    enabled: cid !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  })
