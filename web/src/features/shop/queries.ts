import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { answerOf, api, type Schemas } from '@/api/client'
import { ApiError } from '@/api/problem'
import { kesCents, type Money, PLANCK_PER_DOT, planck } from '@/money/money'

export type Product = Schemas['ProductView']
export type Category = Product['category']
export type Rate = Schemas['RateView']

export const SORTS = ['best', 'newest', 'cheapest', 'dearest'] as const
export type Sort = (typeof SORTS)[number]

/** The shelves of the shop, as the API names them; each has a text in both languages. */
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

const PAGE = 24
const RATE_FRESH_FOR_MS = 60_000

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
      answerOf(
        api.GET('/api/v1/products', {
          params: { query: { limit: PAGE, ...search, ...(pageParam !== undefined && { after: pageParam }) } },
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: page => page.next ?? undefined,
  })

export const productQuery = (productId: number) =>
  queryOptions({
    queryKey: ['products', productId],
    queryFn: () =>
      answerOf(api.GET('/api/v1/products/{product_id}', { params: { path: { product_id: productId } } })),
  })

/** Of the seller, computed by the shop from final chain facts. */
export const sellerQuery = (address: string) =>
  queryOptions({
    queryKey: ['sellers', address],
    queryFn: () => answerOf(api.GET('/api/v1/sellers/{address}', { params: { path: { address } } })),
  })

export const categoriesQuery = queryOptions({
  queryKey: ['categories'],
  queryFn: () => answerOf(api.GET('/api/v1/categories')),
  staleTime: RATE_FRESH_FOR_MS,
})

/** What a DOT is worth in shillings; null where nobody can say, or the shop takes no shillings. */
export const rateQuery = queryOptions({
  queryKey: ['rate'],
  queryFn: async () => {
    try {
      return await answerOf(api.GET('/api/v1/rate'))
    } catch (error) {
      if (error instanceof ApiError && error.problem.status !== 0) return null
      throw error
    }
  },
  staleTime: RATE_FRESH_FOR_MS,
})

/** The price that the seller set. */
export function priceOf(product: Product): Money {
  return product.pricePlanck === null ? kesCents(product.priceKesCents ?? '0') : planck(product.pricePlanck)
}

/** About what that is in the other currency: a quote is what counts, so it is shown rounded. */
export function aboutInOtherCurrency(price: Money, rate: Rate): Money {
  const centsPerDot = BigInt(rate.kesCentsPerDot)
  switch (price.unit) {
    case 'planck': {
      const cents = (price.amount * centsPerDot) / PLANCK_PER_DOT
      return { unit: 'kesCents', amount: (cents / 100n) * 100n }
    }
    case 'kesCents': {
      const thousandth = PLANCK_PER_DOT / 1_000n
      return {
        unit: 'planck',
        amount: ((price.amount * PLANCK_PER_DOT) / centsPerDot / thousandth) * thousandth,
      }
    }
  }
}
