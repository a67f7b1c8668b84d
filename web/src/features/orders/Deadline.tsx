import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { configQuery } from '@/app/config'
import { Countdown, DateTime, useNow } from '@/components/time'
import { disputeQuery, type Order } from './queries'

const STATUSES_WITH_DEADLINE = ['created', 'funded', 'shipped', 'received', 'disputed'] as const

/** The time left for the next step of an order, and what happens after that. */
export function Deadline({ order }: { order: Order }) {
  const { t } = useTranslation()
  const isOver = useNow() >= Date.parse(order.deadlineAt ?? '')
  const status = STATUSES_WITH_DEADLINE.find(status => status === order.status)
  if (order.deadlineAt === null || status === undefined) return null
  return (
    <p className="text-quiet text-sm">
      {isOver ? (
        t('deadline.over')
      ) : (
        <>
          {t(`deadline.left.${status}`)} <Countdown until={order.deadlineAt} />, {t('deadline.until')}{' '}
          <DateTime at={order.deadlineAt} />.
        </>
      )}{' '}
      {status === 'disputed' ? <Undecided orderId={order.id} /> : t(`deadline.then.${status}`)}
    </p>
  )
}

/** The split that applies when nobody decides, as frozen when the order was made. */
function Undecided({ orderId }: { orderId: number }) {
  const { t } = useTranslation()
  const { data: config } = useQuery(configQuery)
  const { data: dispute } = useQuery(disputeQuery(orderId))
  if (dispute === undefined || config === undefined) return null
  return t('deadline.then.disputed', { share: dispute.defaultBuyerBps / 100 })
}
