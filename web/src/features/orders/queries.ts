import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { api, type Schemas, unwrap } from '@/api/client'
import { errorCode } from '@/api/problem'

/** An order; what only its own page says is absent from a list. */
export type Order = Schemas['OrderView'] & Partial<Schemas['OrderDetails']>
export type OrderStatus = Order['status']
export type TimelineStep = Schemas['TransitionView']

/** Intervals for when the live feed is not connected. */
const REFETCH_INTERVAL_MS = 10_000
const FAST_REFETCH_INTERVAL_MS = 2_000

const path = (orderId: number) => ({ params: { path: { order_id: orderId } } })

export const orderQuery = (orderId: number) =>
  queryOptions({
    queryKey: ['orders', orderId],
    queryFn: () => unwrap(api.GET('/api/v1/orders/{order_id}', path(orderId))),
    refetchInterval: query =>
      query.state.data !== undefined && isWaitingForChain(query.state.data)
        ? FAST_REFETCH_INTERVAL_MS
        : REFETCH_INTERVAL_MS,
  })

export const timelineQuery = (orderId: number) =>
  queryOptions({
    queryKey: ['orders', orderId, 'timeline'],
    queryFn: () => unwrap(api.GET('/api/v1/orders/{order_id}/timeline', path(orderId))),
  })

export const ordersQuery = infiniteQueryOptions({
  queryKey: ['orders', 'list'],
  queryFn: ({ pageParam }) =>
    unwrap(
      api.GET('/api/v1/orders', { params: { query: pageParam === undefined ? {} : { after: pageParam } } }),
    ),
  initialPageParam: undefined as number | undefined,
  getNextPageParam: page => page.next ?? undefined,
})

export function isWaitingForChain(order: Order): boolean {
  return order.contractOrderId === null || order.confirmations.length > 0
}

export type Dispute = Schemas['DisputeView']
export type Entry = Schemas['EntryView']

const ENTRY_LIMIT = 100

export const disputeQuery = (orderId: number) =>
  queryOptions({
    queryKey: ['orders', orderId, 'dispute'],
    queryFn: () =>
      unwrap(
        api.GET('/api/v1/orders/{order_id}/dispute', {
          params: { path: { order_id: orderId }, query: { limit: ENTRY_LIMIT } },
        }),
      ),
    refetchInterval: REFETCH_INTERVAL_MS,
  })

const MAX_TRACKING_LENGTH = 2_000

/** The seller's tracking details: a sealed note, or a public text file, as earlier versions of the shop made them. */
export const trackingQuery = (orderId: number, cid: string) =>
  queryOptions({
    queryKey: ['orders', orderId, 'tracking', cid],
    queryFn: async () => {
      try {
        return (await unwrap(api.GET('/api/v1/orders/{order_id}/parcel-note', path(orderId)))).text
      } catch (error) {
        if (errorCode(error) !== 'parcel_note_not_found') throw error
      }
      const response = await fetch(`/ipfs/${cid}`)
      const isText = response.headers.get('Content-Type')?.startsWith('text/plain') === true
      return response.ok && isText ? (await response.text()).slice(0, MAX_TRACKING_LENGTH) : cid
    },
    staleTime: Number.POSITIVE_INFINITY,
  })
