import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { MoneyText } from '@/components/MoneyText'
import { DateTime, useDuration } from '@/components/time'
import { Address } from '@/components/UserText'
import { kesCents, planck } from '@/money/money'
import { sellerQuery } from './queries'

/** The outcome of a seller's orders, counted from finalized blocks. */
export function SellerRecord({ address }: { address: string }) {
  const { t } = useTranslation()
  const duration = useDuration()
  const { data: record } = useQuery(sellerQuery(address))
  const delivered = record
    ? [kesCents(record.deliveredKesCents), planck(record.deliveredPlanck)].filter(money => money.amount > 0n)
    : []
  const lines = record && [
    [t('seller.delivered'), record.delivered],
    [t('seller.refunded'), record.refunded],
    [t('seller.disputed'), record.disputed],
    [t('seller.underWay'), record.underWay],
    [t('seller.buyers'), record.buyers],
  ]
  return (
    <section className="card grid min-h-48 content-start gap-4 p-5" aria-label={t('seller.title')}>
      <div className="flex flex-wrap items-baseline justify-between gap-2">
        <h2 className="text-lg">{t('seller.title')}</h2>
        <Address address={address} />
      </div>
      {lines === undefined ? (
        <div className="skeleton h-16 w-full" />
      ) : (
        <dl className="grid grid-cols-2 gap-3 sm:grid-cols-5">
          {lines.map(([name, count]) => (
            <div key={name} className="flex flex-col-reverse">
              <dt className="text-quiet text-sm">{name}</dt>
              <dd className="figures font-display font-semibold text-2xl">{count}</dd>
            </div>
          ))}
        </dl>
      )}
      {delivered.length > 0 && (
        <p className="text-quiet text-sm">
          {t('seller.value')}{' '}
          {delivered.map((money, place) => (
            <span key={money.unit}>
              {place > 0 && ' · '}
              <MoneyText money={money} />
            </span>
          ))}
        </p>
      )}
      {record && (
        <p className="text-quiet text-sm">
          {record.firstPaidAt === null ? (
            t('seller.new')
          ) : (
            <>
              {t('seller.since')} <DateTime at={record.firstPaidAt} />
              {record.medianSecondsToShip !== null && (
                <> · {t('seller.ships', { time: duration(record.medianSecondsToShip) })}</>
              )}
            </>
          )}
        </p>
      )}
    </section>
  )
}
