import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { answerOf, api } from '@/api/client'

export const myProductsQuery = infiniteQueryOptions({
  queryKey: ['products', 'mine'],
  queryFn: ({ pageParam }) =>
    answerOf(
      api.GET('/api/v1/products/mine', {
        params: { query: pageParam === undefined ? {} : { after: pageParam } },
      }),
    ),
  initialPageParam: undefined as number | undefined,
  getNextPageParam: page => page.next ?? undefined,
})

/** Where M-Pesa pays me as a seller, masked; null where nothing is set. */
export const mpesaPhoneQuery = queryOptions({
  queryKey: ['mpesaPhone'],
  queryFn: async () => (await answerOf(api.GET('/api/v1/auth/me/mpesa-phone'))).phone,
})
