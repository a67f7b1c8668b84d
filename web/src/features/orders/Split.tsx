import { useId } from 'react'
import { useTranslation } from 'react-i18next'
import { MoneyText } from '@/components/MoneyText'
import { amountOf } from '@/payments/registry'
import { splitAmount, WHOLE_BPS } from './order'
import type { Order } from './queries'

const STEP_BPS = 100

interface SplitProps {
  order: Order
  buyerBps: number
  onChange(buyerBps: number): void
}

/** A slider for the buyer's share, with the resulting amounts. */
export function SplitSlider({ order, buyerBps, onChange }: SplitProps) {
  const { t } = useTranslation()
  const id = useId()
  return (
    <div className="grid gap-3">
      <label htmlFor={id} className="font-semibold text-sm">
        {t('split.buyerShare', { share: buyerBps / 100 })}
      </label>
      <input
        id={id}
        type="range"
        min={0}
        max={WHOLE_BPS}
        step={STEP_BPS}
        value={buyerBps}
        onChange={event => onChange(Number(event.target.value))}
        className="h-11 w-full accent-brand"
      />
      <SplitParts order={order} buyerBps={buyerBps} />
    </div>
  )
}

export function SplitParts({ order, buyerBps }: { order: Order; buyerBps: number }) {
  const { t } = useTranslation()
  const { toBuyer, toSeller } = splitAmount(amountOf(order), buyerBps)
  return (
    <dl className="grid grid-cols-2 gap-3">
      <div className="rounded-xl bg-sunken p-3">
        <dt className="text-quiet text-sm">{t('split.toBuyer')}</dt>
        <dd className="font-semibold">
          <MoneyText money={toBuyer} />
        </dd>
      </div>
      <div className="rounded-xl bg-sunken p-3">
        <dt className="text-quiet text-sm">{t('split.toSeller')}</dt>
        <dd className="font-semibold">
          <MoneyText money={toSeller} />
        </dd>
      </div>
    </dl>
  )
}
