import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { configQuery } from '@/app/config'
import { Countdown, useNow } from '@/components/time'
import { disputeQuery, type Order } from './queries'

const RUNS_IN = ['created', 'funded', 'shipped', 'disputed'] as const

/** How long what is to come may take, and what happens when it has not come by then. */
export function Deadline({ order }: { order: Order }) {
  const { t } = useTranslation()
  const isOver = useNow() >= Date.parse(order.deadlineAt ?? '')
  const status = RUNS_IN.find(one => one === order.status)
  if (order.deadlineAt === null || status === undefined) return null
  return (
    <p className="text-quiet text-sm">
      {isOver ? (
        t('deadline.over')
      ) : (
        <>
          {t(`deadline.left.${status}`)} <Countdown until={order.deadlineAt} />.
        </>
      )}{' '}
      {status === 'disputed' ? <Undecided orderId={order.id} /> : t(`deadline.then.${status}`)}
    </p>
  )
}

/** How the money is divided when nobody decides: frozen when the order was made. */
function Undecided({ orderId }: { orderId: number }) {
  const { t } = useTranslation()
  const { data: config } = useQuery(configQuery)
  const { data: dispute } = useQuery(disputeQuery(orderId))
  if (dispute === undefined || config === undefined) return null
  return t('deadline.then.disputed', { share: dispute.defaultBuyerBps / 100 })
}
