import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { MoneyText } from '@/components/MoneyText'
import { Countdown } from '@/components/time'
import { UserText } from '@/components/UserText'
import type { Order } from '@/features/orders/queries'
import { amountOf } from '@/payments/registry'

/** Paid orders that must be shipped, the nearest deadline first. */
export function OrdersToShip({ orders }: { orders: Order[] }) {
  const { t } = useTranslation()
  const waiting = orders
    .filter(order => order.role === 'seller' && order.status === 'funded')
    .toSorted((a, b) => Date.parse(a.deadlineAt ?? '') - Date.parse(b.deadlineAt ?? ''))
  return (
    <section className="grid content-start gap-4" aria-label={t('sell.toShip')}>
      <h2 className="text-xl">{t('sell.toShip')}</h2>
      {waiting.length === 0 && <p className="text-quiet">{t('sell.nothingToShip')}</p>}
      <ul className="grid gap-3">
        {waiting.map(order => (
          <li key={order.id}>
            <Link
              to="/orders/$orderId"
              params={{ orderId: String(order.id) }}
              className="card grid grid-cols-[1fr_auto] gap-x-4 p-4 hover:bg-tint"
            >
              <span className="font-semibold">
                <UserText text={order.productTitle} />
              </span>
              <MoneyText money={amountOf(order)} className="font-semibold" />
              <span className="col-span-2 text-quiet text-sm">
                {t('deadline.left.funded')} {order.deadlineAt && <Countdown until={order.deadlineAt} />}
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  )
}
