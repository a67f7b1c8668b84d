import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { MoneyText } from '@/components/MoneyText'
import { DateTime, useDuration, useNow } from '@/components/time'
import { formatMoney, kesCents, type Money } from '@/money/money'
import { payableFor, percentOf } from './payable'
import { type Product, priceOf, type Rate, rateQuery } from './queries'

/** What the product costs, in each currency in which it can be paid. A quote at checkout is the same figure. */
export function Price({ product }: { product: Product }) {
  const { t } = useTranslation()
  const { data: rate } = useQuery(rateQuery)
  const price = priceOf(product)
  const other = rate && payableOf(product, rate)
  return (
    <span className="flex flex-wrap items-baseline gap-x-2">
      <MoneyText money={price} className="font-display font-semibold" />
      {other && (
        <span className="text-quiet text-sm">
          {t('price.or')} <MoneyText money={other} />
        </span>
      )}
    </span>
  )
}

/** The rate behind the price in the other currency. Its space is reserved while the rate loads. */
export function PriceExplained({ product }: { product: Product }) {
  const { data: rate, isPending } = useQuery(rateQuery)
  const payable = rate && payableOf(product, rate)
  if (payable)
    return <ExchangeDetails price={priceOf(product)} payable={payable} exchange={exchangeOf(rate)} />
  return isPending ? <div className="min-h-11" /> : null
}

export interface Exchange {
  kesCentsPerDot: string
  spreadBps: number
  source: string
  /** The time of the rate. */
  at: string
}

interface ExchangeDetailsProps {
  price: Money
  payable: Money
  exchange: Exchange
}

/** One tap tells how a price was converted: rate, spread and age. */
export function ExchangeDetails({ price, payable, exchange }: ExchangeDetailsProps) {
  const { t } = useTranslation()
  const duration = useDuration()
  const now = useNow(10_000)
  const values = {
    payable: formatMoney(payable),
    price: formatMoney(price),
    rate: formatMoney(kesCents(exchange.kesCentsPerDot)),
    spread: percentOf(exchange.spreadBps),
  }
  return (
    <details className="text-sm" data-exchange={payable.amount.toString()}>
      <summary className="inline-flex min-h-11 items-center text-quiet underline underline-offset-2">
        {t('price.how')}
      </summary>
      <p>{t(exchange.spreadBps === 0 ? 'price.converted' : 'price.convertedWithSpread', values)}</p>
      <p className="text-quiet">
        {t('price.rateFrom', { source: exchange.source })} <DateTime at={exchange.at} />{' '}
        {t('price.age', { age: duration((now - Date.parse(exchange.at)) / 1_000) })}
      </p>
    </details>
  )
}

function exchangeOf({ kesCentsPerDot, spreadBps, source, at }: Rate): Exchange {
  return { kesCentsPerDot, spreadBps, source, at }
}

/** What is paid in the other currency; undefined where the seller takes none of it. */
function payableOf(product: Product, rate: Rate): Money | undefined {
  const payable = payableFor(priceOf(product), rate)
  return payable.unit === 'kesCents' && !product.takesMpesa ? undefined : payable
}
