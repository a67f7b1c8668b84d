import { infiniteQueryOptions } from '@tanstack/react-query'
import { api, unwrap } from '@/api/client'

export const myProductsQuery = infiniteQueryOptions({
  queryKey: ['products', 'mine'],
  queryFn: ({ pageParam }) =>
    unwrap(
      api.GET('/api/v1/products/mine', {
        params: { query: pageParam === undefined ? {} : { after: pageParam } },
      }),
    ),
  initialPageParam: undefined as number | undefined,
  getNextPageParam: page => page.next ?? undefined,
})
