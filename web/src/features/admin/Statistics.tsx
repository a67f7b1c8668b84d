import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { Schemas } from '@/api/client'
import { ErrorSentence } from '@/components/ErrorSentence'
import { MoneyText } from '@/components/MoneyText'
import { PageSkeleton } from '@/components/Skeleton'
import { useDuration } from '@/components/time'
import { kesCents, planck } from '@/money/money'
import { Panel, Table } from './Panel'
import { statisticsQuery } from './queries'

type Day = Schemas['DayView']

const SCALE = 1_000n
const HIGH = 58

/** Orders, volume and the time to funding, day by day. */
export function Statistics() {
  const { t } = useTranslation()
  const duration = useDuration()
  const { data: days, error, isPending, refetch } = useQuery(statisticsQuery)
  if (isPending) return <PageSkeleton />
  if (days === undefined) return <ErrorSentence error={error} onRetry={() => void refetch()} />
  const shown: [string, (day: Day) => bigint][] = [
    [t('admin.volumeDot'), day => BigInt(day.volumePlanck)],
    [t('admin.volumeKes'), day => BigInt(day.volumeKesCents)],
    [t('admin.orders'), day => BigInt(day.orders)],
    [t('admin.timeToFund'), day => BigInt(Math.round(day.medianSecondsToFund ?? 0))],
  ]
  return (
    <div className="grid gap-6">
      <div className="grid gap-6 lg:grid-cols-2">
        {shown.map(([name, of]) => (
          <Panel key={name} title={name}>
            <Bars values={days.map(of)} />
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
            ])}
          empty={t('admin.none')}
        />
      </Panel>
    </div>
  )
}

/** A bar a day; the table below says the same in figures. */
function Bars({ values }: { values: bigint[] }) {
  let most = 1n
  for (const value of values) if (value > most) most = value
  const wide = 160 / Math.max(values.length, 1)
  return (
    <svg viewBox="0 0 160 60" aria-hidden="true" preserveAspectRatio="none" className="h-24 w-full">
      {values.map((value, place) => {
        const height = (Number((value * SCALE) / most) / Number(SCALE)) * HIGH
        return (
          <rect
            // biome-ignore lint/suspicious/noArrayIndexKey: days never change places
            key={place}
            x={place * wide + wide * 0.1}
            width={wide * 0.8}
            y={HIGH + 1 - height}
            height={height + 1}
            className={value === 0n ? 'fill-line' : 'fill-brand'}
          />
        )
      })}
    </svg>
  )
}
