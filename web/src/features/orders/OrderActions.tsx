import { useTranslation } from 'react-i18next'
import { ConfirmButton } from '@/components/ConfirmButton'
import { OpenDispute } from '@/features/disputes/OpenDispute'
import { formatMoney } from '@/money/money'
import { amountOf, feeOf } from '@/payments/registry'
import type { Order } from './queries'
import { ShipOrder } from './ShipOrder'
import type { OrderActionState } from './useOrderAction'

const SIMPLE_ACTIONS = ['confirm', 'refund', 'cancel'] as const
const VARIANTS = { confirm: 'primary', refund: 'secondary', cancel: 'secondary' } as const

/** Buttons for the actions that the API allows the reader now. */
export function OrderActions({ order, orderAction }: { order: Order; orderAction: OrderActionState }) {
  const { t } = useTranslation()
  const allowed = new Set(order.actions)
  const amount = amountOf(order)
  const toSeller = formatMoney({ ...amount, amount: amount.amount - feeOf(order).amount })
  return (
    <>
      {allowed.has('ship') && <ShipOrder orderAction={orderAction} />}
      {SIMPLE_ACTIONS.filter(act => allowed.has(act)).map(act => (
        <ConfirmButton
          key={act}
          variant={VARIANTS[act]}
          label={t(`orderActions.${act}.label`)}
          consequence={t(`orderActions.${act}.consequence`, { amount: formatMoney(amount), toSeller })}
          busy={orderAction.isPending}
          onConfirm={() => orderAction.mutate({ name: act })}
        />
      ))}
      {allowed.has('dispute') && <OpenDispute order={order} orderAction={orderAction} />}
    </>
  )
}
