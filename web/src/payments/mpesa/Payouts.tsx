import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { MoneyText } from '@/components/MoneyText'
import type { Order } from '@/features/orders/queries'
import { kesCents } from '@/money/money'
import { payoutsQuery } from './queries'

/** The M-Pesa payouts of an order to the reader. */
export function Payouts({ order }: { order: Order }) {
  const { t } = useTranslation()
  const { data: payouts } = useQuery(payoutsQuery(order.id))
  if (payouts === undefined || payouts.length === 0) return null
  return (
    <section className="card grid gap-3 p-5" aria-label={t('payments.mpesa.payouts.title')}>
      <h2 className="text-lg">{t('payments.mpesa.payouts.title')}</h2>
      <ul className="grid gap-3">
        {payouts.map(payout => (
          <li
            key={payout.id}
            data-payout={payout.status}
            className="flex flex-wrap justify-between gap-x-4 gap-y-1"
          >
            <span>
              {t(`payments.mpesa.payouts.purpose.${payout.purpose}`)}
              <span className="block text-quiet text-sm">
                {t(`payments.mpesa.payouts.status.${payout.status}`, { phone: payout.phone ?? '' })}
              </span>
            </span>
            <MoneyText money={kesCents(payout.amountKesCents)} className="font-semibold" />
          </li>
        ))}
      </ul>
    </section>
  )
}
