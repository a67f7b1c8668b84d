import { queryOptions } from '@tanstack/react-query'
import { api, unwrap } from '@/api/client'
import { type Product, priceOf } from '@/features/shop/queries'
import type { PaymentMethod } from '@/payments/PaymentMethod'

/** Return true where the seller's price is in the currency of the payment, so that no rate is needed. */
export function isPricedIn(product: Product, method: PaymentMethod): boolean {
  return priceOf(product).unit === method.unit
}

export const quoteQuery = (product: Product, method: PaymentMethod) =>
  queryOptions({
    queryKey: ['quotes', product.id, method.mode, product.pricePlanck, product.priceKesCents],
    queryFn: () =>
      unwrap(
        api.POST('/api/v1/products/{product_id}/quotes', {
          params: { path: { product_id: product.id } },
          body: { paymentMode: method.mode },
        }),
      ),
    enabled: !isPricedIn(product, method),
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY, // a quote is valid until it expires, and then a new one is fetched
    refetchInterval: query =>
      query.state.data === undefined
        ? false
        : Math.max(Date.parse(query.state.data.expiresAt) - Date.now(), 1_000),
  })
