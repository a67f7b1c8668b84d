import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ConfirmedButton } from '@/components/ConfirmButton'
import type { Order } from '@/features/orders/queries'
import { SplitSlider } from '@/features/orders/Split'
import type { MoveState } from '@/features/orders/useOrderAction'

const HALF_BPS = 5_000

/** The arbiter's decision: it divides the money, and ends the order. */
export function Resolve({ order, move }: { order: Order; move: MoveState }) {
  const { t } = useTranslation()
  const [buyerBps, setBuyerBps] = useState(HALF_BPS)
  return (
    <section className="card grid gap-4 p-5" aria-label={t('resolve.title')}>
      <h2 className="text-lg">{t('resolve.title')}</h2>
      <p className="text-quiet text-sm">{t('resolve.text')}</p>
      <SplitSlider order={order} buyerBps={buyerBps} onChange={setBuyerBps} />
      <ConfirmedButton
        label={t('resolve.label')}
        consequence={t('resolve.consequence', { share: buyerBps / 100 })}
        busy={move.isPending}
        onConfirm={() => move.mutate({ action: 'resolve', buyerBps })}
      />
    </section>
  )
}
