import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { configQuery } from '@/app/config'
import { ConfirmButton } from '@/components/ConfirmButton'
import { useDuration } from '@/components/time'
import { OpenDispute } from '@/features/disputes/OpenDispute'
import { formatMoney } from '@/money/money'
import { amountOf, feeOf } from '@/payments/registry'
import type { Order } from './queries'
import { ShipOrder } from './ShipOrder'
import type { OrderActionState } from './useOrderAction'

const SIMPLE_ACTIONS = ['confirm_receipt', 'confirm', 'extend_transit', 'refund', 'cancel'] as const
const VARIANTS = {
  confirm_receipt: 'primary',
  confirm: 'primary',
  extend_transit: 'secondary',
  refund: 'secondary',
  cancel: 'secondary',
} as const

/** Buttons for the actions that the API allows the reader now. */
export function OrderActions({ order, orderAction }: { order: Order; orderAction: OrderActionState }) {
  const { t } = useTranslation()
  const allowed = new Set(order.actions)
  const amount = amountOf(order)
  const toSeller = formatMoney({ ...amount, amount: amount.amount - feeOf(order).amount })
  const windows = useWindows()
  return (
    <>
      {allowed.has('ship') && <ShipOrder order={order} orderAction={orderAction} />}
      {SIMPLE_ACTIONS.filter(act => allowed.has(act)).map(act => (
        <ConfirmButton
          key={act}
          variant={VARIANTS[act]}
          label={t(`orderActions.${act}.label`)}
          consequence={t(`orderActions.${act}.consequence`, {
            amount: formatMoney(amount),
            toSeller,
            ...windows,
          })}
          busy={orderAction.isPending}
          onConfirm={() => orderAction.mutate({ name: act })}
        />
      ))}
      {allowed.has('dispute') && <OpenDispute order={order} orderAction={orderAction} />}
    </>
  )
}

/** The shop's windows for goods on their way, in words. An older order may have others: its page shows the dates. */
function useWindows(): { transit: string; inspection: string } {
  const { t } = useTranslation()
  const { data: config } = useQuery(configQuery)
  const duration = useDuration()
  const terms = config?.terms
  if (!terms) return { transit: t('orderActions.someTime'), inspection: t('orderActions.someTime') }
  return { transit: duration(terms.transitWindowS), inspection: duration(terms.inspectionWindowS) }
}
