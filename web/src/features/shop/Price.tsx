import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { MoneyText } from '@/components/MoneyText'
import { useDuration, useNow } from '@/components/time'
import { convertApproximately, type Product, priceOf, rateQuery } from './queries'

/** The seller's price, and the approximate price in the other currency. */
export function Price({ product }: { product: Product }) {
  const { data: rate } = useQuery(rateQuery)
  const price = priceOf(product)
  return (
    <span className="flex flex-wrap items-baseline gap-x-2">
      <MoneyText money={price} className="font-display font-semibold" />
      {rate && (
        <span className="text-quiet text-sm">
          ≈ <MoneyText money={convertApproximately(price, rate)} />
        </span>
      )}
    </span>
  )
}

/** The age of the exchange rate. Its space is reserved while it loads. */
export function RateAge() {
  const { t } = useTranslation()
  const { data: rate, isPending } = useQuery(rateQuery)
  const duration = useDuration()
  const now = useNow(10_000)
  if (!rate && !isPending) return null
  const ageS = rate ? (now - Date.parse(rate.at)) / 1_000 : 0
  return (
    <p className={`text-quiet text-sm ${rate ? '' : 'invisible'}`}>
      {t('product.rateAge', { age: duration(ageS), source: rate?.source ?? '' })}
    </p>
  )
}
