import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ConfirmButton } from '@/components/ConfirmButton'
import type { Order } from '@/features/orders/queries'
import { SplitSlider } from '@/features/orders/Split'
import type { OrderActionState } from '@/features/orders/useOrderAction'

const HALF_BPS = 5_000

/** The arbiter's decision, which splits the money and ends the order. */
export function ResolveDispute({ order, orderAction }: { order: Order; orderAction: OrderActionState }) {
  const { t } = useTranslation()
  const [buyerBps, setBuyerBps] = useState(HALF_BPS)
  return (
    <section className="card grid gap-4 p-5" aria-label={t('resolve.title')}>
      <h2 className="text-lg">{t('resolve.title')}</h2>
      <p className="text-quiet text-sm">{t('resolve.text')}</p>
      <SplitSlider order={order} buyerBps={buyerBps} onChange={setBuyerBps} />
      <ConfirmButton
        label={t('resolve.label')}
        consequence={t('resolve.consequence', { share: buyerBps / 100 })}
        busy={orderAction.isPending}
        onConfirm={() => orderAction.mutate({ name: 'resolve', buyerBps })}
      />
    </section>
  )
}
