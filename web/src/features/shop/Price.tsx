import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { MoneyText } from '@/components/MoneyText'
import { useDuration, useNow } from '@/components/time'
import { aboutInOtherCurrency, type Product, priceOf, rateQuery } from './queries'

/** The seller's price, and about what it is in the other currency. */
export function Price({ product }: { product: Product }) {
  const { data: rate } = useQuery(rateQuery)
  const price = priceOf(product)
  return (
    <span className="flex flex-wrap items-baseline gap-x-2">
      <MoneyText money={price} className="font-display font-semibold" />
      {rate && (
        <span className="text-quiet text-sm">
          ≈ <MoneyText money={aboutInOtherCurrency(price, rate)} />
        </span>
      )}
    </span>
  )
}

/** How old the rate is by which the other currency is shown. */
export function RateAge() {
  const { t } = useTranslation()
  const { data: rate } = useQuery(rateQuery)
  const duration = useDuration()
  const now = useNow(10_000)
  if (!rate) return null
  return (
    <p className="text-quiet text-sm">
      {t('product.rateAge', { age: duration((now - Date.parse(rate.at)) / 1_000), source: rate.source })}
    </p>
  )
}
