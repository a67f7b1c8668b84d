import { queryOptions } from '@tanstack/react-query'
import { api, type Schemas, unwrap } from '@/api/client'
import type { Product } from '@/features/shop/queries'
import { kesCents, type Money, planck } from '@/money/money'

export type PaymentMode = Schemas['PaymentMode']
export type Quote = Schemas['QuoteView']

/** Return true where the seller's price is in the currency of the payment, so that no rate is needed. */
export function isPricedIn(product: Product, mode: PaymentMode): boolean {
  return mode === 'dot' ? product.pricePlanck !== null : product.priceKesCents !== null
}

export const quoteQuery = (product: Product, paymentMode: PaymentMode) =>
  queryOptions({
    queryKey: ['quotes', product.id, paymentMode, product.pricePlanck, product.priceKesCents],
    queryFn: () =>
      unwrap(
        api.POST('/api/v1/products/{product_id}/quotes', {
          params: { path: { product_id: product.id } },
          body: { paymentMode },
        }),
      ),
    enabled: !isPricedIn(product, paymentMode),
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY, // a quote is valid until it expires, and then a new one is fetched
    refetchInterval: query =>
      query.state.data === undefined
        ? false
        : Math.max(Date.parse(query.state.data.expiresAt) - Date.now(), 1_000),
  })

export function quotedAmount(quote: Quote): Money {
  return quote.amountPlanck === null ? kesCents(quote.amountKesCents ?? '0') : planck(quote.amountPlanck)
}
