import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { Schemas } from '@/api/client'
import { BarChart } from '@/components/BarChart'
import { ErrorMessage } from '@/components/ErrorMessage'
import { MoneyText } from '@/components/MoneyText'
import { PageSkeleton } from '@/components/Skeleton'
import { useDuration } from '@/components/time'
import { kesCents, planck } from '@/money/money'
import { Panel, Table } from './Panel'
import { statisticsQuery } from './queries'

type Day = Schemas['DayView']

/** Orders, volume, time to payment and lag behind the chain for each day. */
export function Statistics() {
  const { t } = useTranslation()
  const duration = useDuration()
  const { data: days, error, isPending, refetch } = useQuery(statisticsQuery)
  if (isPending) return <PageSkeleton />
  if (days === undefined) return <ErrorMessage error={error} onRetry={() => void refetch()} />
  const charts: [string, (day: Day) => bigint][] = [
    [t('admin.volumeDot'), day => BigInt(day.volumePlanck)],
    [t('admin.volumeKes'), day => BigInt(day.volumeKesCents)],
    [t('admin.orders'), day => BigInt(day.orders)],
    [t('admin.timeToFund'), day => milliseconds(day.medianSecondsToFund)],
    [t('admin.timeToRecord'), day => milliseconds(day.medianSecondsToRecord)],
  ]
  return (
    <div className="grid gap-6">
      <div className="grid gap-6 lg:grid-cols-2">
        {charts.map(([name, of]) => (
          <Panel key={name} title={name}>
            <BarChart values={days.map(of)} />
          </Panel>
        ))}
      </div>
      <Panel title={t('admin.byDay')}>
        <Table
          caption={t('admin.byDay')}
          head={[
            t('admin.day'),
            t('admin.orders'),
            t('status.funded'),
            t('status.delivered'),
            t('status.refunded'),
            t('status.disputed'),
            t('admin.volumeDot'),
            t('admin.volumeKes'),
            t('admin.timeToFund'),
            t('admin.timeToRecord'),
          ]}
          rows={days
            .toReversed()
            .map(day => [
              day.day,
              day.day,
              day.orders,
              day.funded,
              day.delivered,
              day.refunded,
              day.disputed,
              <MoneyText key="dot" money={planck(day.volumePlanck)} />,
              <MoneyText key="kes" money={kesCents(day.volumeKesCents)} />,
              day.medianSecondsToFund === null ? '–' : duration(day.medianSecondsToFund),
              day.medianSecondsToRecord === null ? '–' : duration(day.medianSecondsToRecord),
            ])}
          empty={t('admin.none')}
        />
      </Panel>
    </div>
  )
}

/** Return a duration in milliseconds for the chart; an unknown one has no bar. */
function milliseconds(seconds: number | null): bigint {
  return BigInt(Math.round((seconds ?? 0) * 1_000))
}
