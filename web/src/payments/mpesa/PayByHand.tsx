import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { formatMoney, kesCents } from '@/money/money'
import { paybillQuery } from './queries'

/** What to type in M-Pesa's own menu to pay an order without a prompt; nothing while the shop cannot take it. */
export function PayByHand({ orderId }: { orderId: number }) {
  const { t } = useTranslation()
  const { data: paybill } = useQuery(paybillQuery(orderId))
  if (!paybill?.paybillNumber || !paybill.accountNumber || !paybill.amountKesCents) return null
  const lines = [
    [t('payments.mpesa.byHand.paybill'), paybill.paybillNumber],
    [t('payments.mpesa.byHand.account'), paybill.accountNumber],
    [t('payments.mpesa.byHand.amount'), formatMoney(kesCents(paybill.amountKesCents))],
  ] as const
  return (
    <details className="card p-5" data-pay-by-hand>
      <summary className="cursor-pointer font-semibold">{t('payments.mpesa.byHand.title')}</summary>
      <div className="mt-3 grid gap-3">
        <p className="text-quiet text-sm">{t('payments.mpesa.byHand.text')}</p>
        <dl className="grid gap-2">
          {lines.map(([name, value]) => (
            <div key={name} className="flex flex-wrap items-baseline justify-between gap-x-4">
              <dt className="text-quiet">{name}</dt>
              <dd className="select-all font-mono font-semibold text-lg">{value}</dd>
            </div>
          ))}
        </dl>
        <p className="text-quiet text-sm">{t('payments.mpesa.byHand.exactly')}</p>
      </div>
    </details>
  )
}
