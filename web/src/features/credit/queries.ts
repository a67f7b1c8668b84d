import { queryOptions } from '@tanstack/react-query'
import { api, unwrap } from '@/api/client'

/** While somebody waits for coin to reach their account. */
const REFETCH_INTERVAL_MS = 5_000

export const creditQuery = queryOptions({
  queryKey: ['credit'],
  queryFn: () => unwrap(api.GET('/api/v1/credit')),
  refetchInterval: query => (query.state.data?.accountExists === false ? REFETCH_INTERVAL_MS : false),
})
