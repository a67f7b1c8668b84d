import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { api, type Schemas, unwrap } from '@/api/client'
import { ApiError, toProblem } from '@/api/problem'
import { type Money, moneyOf } from '@/money/money'
import { pictureUrl } from './pictureUrl'

export type Product = Schemas['ProductView']
export type Category = Product['category']
export type Rate = Schemas['RateView']

export const SORTS = ['best', 'newest', 'cheapest', 'dearest'] as const
export type Sort = (typeof SORTS)[number]

/** The categories of the API; each has a text in both languages. */
export const CATEGORIES: readonly Category[] = [
  'phones',
  'electronics',
  'fashion',
  'textiles',
  'home',
  'food',
  'farm',
  'beauty',
  'crafts',
  'books',
  'services',
  'other',
]

export interface Search {
  q?: string
  category?: Category
  sort?: Sort
}

const PAGE_SIZE = 24
const RATE_STALE_TIME_MS = 60_000

export function isSort(value: unknown): value is Sort {
  return SORTS.some(sort => sort === value)
}

export function isCategory(value: unknown): value is Category {
  return CATEGORIES.some(category => category === value)
}

export const productsQuery = (search: Search) =>
  infiniteQueryOptions({
    queryKey: ['products', 'list', search],
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET('/api/v1/products', {
          params: {
            query: { limit: PAGE_SIZE, ...search, ...(pageParam !== undefined && { after: pageParam }) },
          },
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: page => page.next ?? undefined,
  })

export const productQuery = (productId: number) =>
  queryOptions({
    queryKey: ['products', productId],
    queryFn: () =>
      unwrap(api.GET('/api/v1/products/{product_id}', { params: { path: { product_id: productId } } })),
  })

/** The record of a seller, computed by the shop from finalized blocks. */
export const sellerQuery = (address: string) =>
  queryOptions({
    queryKey: ['sellers', address],
    queryFn: () => unwrap(api.GET('/api/v1/sellers/{address}', { params: { path: { address } } })),
  })

export const categoriesQuery = queryOptions({
  queryKey: ['categories'],
  queryFn: () => unwrap(api.GET('/api/v1/categories')),
  staleTime: RATE_STALE_TIME_MS,
})

/** The price of a DOT in shillings; null where it is unknown, or the shop takes no shillings. */
export const rateQuery = queryOptions({
  queryKey: ['rate'],
  queryFn: async () => {
    try {
      return await unwrap(api.GET('/api/v1/rate'))
    } catch (error) {
      if (error instanceof ApiError && error.problem.status !== 0) return null
      throw error
    }
  },
  staleTime: RATE_STALE_TIME_MS,
  refetchInterval: RATE_STALE_TIME_MS,
})

/** Return the price that the seller set. */
export function priceOf(product: Product): Money {
  return moneyOf({ planck: product.pricePlanck, kesCents: product.priceKesCents })
}

/** What was for sale, as `catalog/metadata.py` writes it. */
export interface OfferDocument {
  title: string
  description: string
  pricePlanck: string | null
  priceKesCents: string | null
  specifications: Record<string, string>
  pictures: string[]
}

/** The document of an offer, which never changes under its CID. */
export const offerDocumentQuery = (cid: string) =>
  queryOptions({
    queryKey: ['offers', cid],
    queryFn: async () => {
      const response = await fetch(pictureUrl(cid))
      if (!response.ok)
        throw new ApiError(toProblem(response.status, await response.json().catch(() => null)))
      return (await response.json()) as OfferDocument
    },
    staleTime: Number.POSITIVE_INFINITY,
  })
