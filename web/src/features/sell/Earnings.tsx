import { useTranslation } from 'react-i18next'
import { BarChart } from '@/components/BarChart'
import { MoneyText } from '@/components/MoneyText'
import { useNow } from '@/components/time'
import type { Order } from '@/features/orders/queries'
import { UNITS, type Unit } from '@/money/money'
import { weeklyEarnings } from './earnings'

const WEEKS = 8
const EVERY_MINUTE_MS = 60_000

/** Earnings of each week as a chart, and as a table for screen readers. */
export function Earnings({ orders }: { orders: Order[] }) {
  const { t } = useTranslation()
  const now = useNow(EVERY_MINUTE_MS)
  return (
    <section className="card grid gap-5 p-5" aria-label={t('sell.earnings')}>
      <h2 className="text-lg">{t('sell.earnings')}</h2>
      {UNITS.map(unit => (
        <WeeklyEarnings key={unit} unit={unit} weeks={weeklyEarnings(orders, unit, now, WEEKS)} />
      ))}
    </section>
  )
}

function WeeklyEarnings({ unit, weeks }: { unit: Unit; weeks: ReturnType<typeof weeklyEarnings> }) {
  const { t, i18n } = useTranslation()
  const total = weeks.reduce((sum, week) => sum + week.amount, 0n)
  const day = new Intl.DateTimeFormat(i18n.language, { day: 'numeric', month: 'short', timeZone: 'UTC' })
  return (
    <figure className="grid gap-2">
      <figcaption className="flex flex-wrap items-baseline justify-between gap-2 text-sm">
        <span className="text-quiet">{t('sell.lastWeeks', { count: weeks.length })}</span>
        <MoneyText money={{ unit, amount: total }} className="font-semibold text-base" />
      </figcaption>
      {total > 0n && <BarChart values={weeks.map(week => week.amount)} />}
      <table className="sr-only">
        <caption>{t('sell.earnings')}</caption>
        <tbody>
          {weeks.map(week => (
            <tr key={week.begins}>
              <th scope="row">{day.format(Date.parse(week.begins))}</th>
              <td>
                <MoneyText money={{ unit, amount: week.amount }} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  )
}
