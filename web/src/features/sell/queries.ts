import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
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

/** The seller's M-Pesa number, masked; null where none is set. */
export const mpesaPhoneQuery = queryOptions({
  queryKey: ['mpesaPhone'],
  queryFn: async () => (await unwrap(api.GET('/api/v1/auth/me/mpesa-phone'))).phone,
})
