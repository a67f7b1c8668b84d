import { queryOptions } from '@tanstack/react-query'
import { api, unwrap } from '@/api/client'
import type { SentPayment } from './sentPayment'

const REFETCH_INTERVAL_MS = 10_000

/** The outcome of a payment in DOT; `sent` is the transaction that this browser has stored. */
export const dotPaymentQuery = (orderId: number, sent: SentPayment | undefined) =>
  queryOptions({
    queryKey: ['orders', orderId, 'dotPayment', sent?.hash],
    queryFn: () =>
      unwrap(
        api.GET('/api/v1/orders/{order_id}/payments/dot', {
          params: {
            path: { order_id: orderId },
            query:
              sent === undefined ? {} : { transaction: sent.hash, validUntilBlock: sent.validUntilBlock },
          },
        }),
      ),
    refetchInterval: query => (query.state.data?.next === 'wait' ? REFETCH_INTERVAL_MS : false),
  })
