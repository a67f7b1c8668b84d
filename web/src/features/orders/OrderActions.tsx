import { useTranslation } from 'react-i18next'
import { ConfirmedButton } from '@/components/ConfirmButton'
import { OpenDispute } from '@/features/disputes/OpenDispute'
import { formatMoney } from '@/money/money'
import { amountOf, feeOf } from './order'
import type { Order } from './queries'
import { Ship } from './ShipOrder'
import type { MoveState } from './useOrderAction'

const SIMPLE = ['confirm', 'refund', 'cancel'] as const
const LOOK = { confirm: 'primary', refund: 'quiet', cancel: 'quiet' } as const

/** What I may do to the order now, by what the one table of moves says; nothing where I can only wait. */
export function Acts({ order, move }: { order: Order; move: MoveState }) {
  const { t } = useTranslation()
  const open = new Set(order.actions)
  const amount = amountOf(order)
  const toSeller = formatMoney({ ...amount, amount: amount.amount - feeOf(order).amount })
  return (
    <>
      {open.has('ship') && <Ship move={move} />}
      {SIMPLE.filter(act => open.has(act)).map(act => (
        <ConfirmedButton
          key={act}
          look={LOOK[act]}
          label={t(`acts.${act}.label`)}
          consequence={t(`acts.${act}.consequence`, { amount: formatMoney(amount), toSeller })}
          busy={move.isPending}
          onConfirm={() => move.mutate({ action: act })}
        />
      ))}
      {open.has('dispute') && <OpenDispute order={order} move={move} />}
    </>
  )
}
