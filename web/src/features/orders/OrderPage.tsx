import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { ErrorSentence } from '@/components/ErrorMessage'
import { MoneyTrail } from '@/components/MoneyLocation'
import { MoneyText } from '@/components/MoneyText'
import { Notice } from '@/components/Notice'
import { Page } from '@/components/Page'
import { PageSkeleton } from '@/components/Skeleton'
import { TransactionSteps } from '@/components/TransactionSteps'
import { useDuration, useNow } from '@/components/time'
import { SignedInOnly } from '@/features/account/RequireSignIn'
import { DisputeThread } from '@/features/disputes/DisputeThread'
import { Resolve } from '@/features/disputes/ResolveDispute'
import { useIsLive } from '@/live/useOrderUpdates'
import { PayInDot } from '@/payments/dot/PayInDot'
import { PayByMpesa } from '@/payments/mpesa/PayByMpesa'
import { Payouts } from '@/payments/mpesa/Payouts'
import type { Account } from '@/session/session'
import { Deadline } from './Deadline'
import { Acts } from './OrderActions'
import { OrderFacts } from './OrderDetails'
import { amountOf, holderOf, placeOf } from './order'
import { type Order, orderQuery } from './queries'
import { Settlement } from './Settlement'
import { Timeline } from './Timeline'
import { useMove } from './useOrderAction'

export function OrderPage() {
  const { orderId } = useParams({ from: '/orders/$orderId' })
  return (
    <SignedInOnly>
      {account => <LoadedOrder key={orderId} id={Number(orderId)} account={account} />}
    </SignedInOnly>
  )
}

function LoadedOrder({ id, account }: { id: number; account: Account }) {
  const { data: order, error, isPending, dataUpdatedAt, refetch } = useQuery(orderQuery(id))
  if (isPending) return <PageSkeleton />
  if (order === undefined) return <ErrorSentence error={error} onRetry={() => void refetch()} />
  return <OneOrder order={order} account={account} seenAt={dataUpdatedAt} />
}

function OneOrder({ order, account, seenAt }: { order: Order; account: Account; seenAt: number }) {
  const { t } = useTranslation()
  const move = useMove(order)
  const isDisputable = order.status === 'shipped' || order.disputedAt !== null
  return (
    <Page title={t('order.title', { id: order.id })} aside={<LiveSign seenAt={seenAt} />}>
      <div className="grid gap-8 lg:grid-cols-[minmax(0,1fr)_22rem]" data-order-status={order.status}>
        <div className="grid content-start gap-6">
          <section className="card grid gap-4 p-5" aria-label={t('order.money')}>
            <p className="flex flex-wrap items-baseline justify-between gap-x-4">
              <Link
                to="/products/$productId"
                params={{ productId: String(order.productId) }}
                className="inline-flex min-h-11 items-center font-semibold underline-offset-2 hover:underline"
              >
                <bdi>{order.productTitle}</bdi>
              </Link>
              <MoneyText money={amountOf(order)} className="font-display font-semibold text-2xl" />
            </p>
            <MoneyTrail at={placeOf(order.status)} holder={holderOf(order)} money={amountOf(order)} />
            <div aria-live="polite" className="grid gap-1 border-line border-t pt-4">
              <p className="font-display font-semibold text-lg">{t(`status.${order.status}`)}</p>
              <p>{t(`order.now.${order.status}.${sideOf(order)}`)}</p>
              <Deadline order={order} />
            </div>
          </section>
          <WhatToDo order={order} account={account} move={move} />
          <Settlement order={order} move={move} />
          {order.actions.includes('resolve') && <Resolve order={order} move={move} />}
          {isDisputable && <DisputeThread orderId={order.id} isDisputed={order.disputedAt !== null} />}
        </div>
        <aside className="grid content-start gap-6">
          {order.paymentMode === 'mpesa' && <Payouts orderId={order.id} />}
          <Timeline order={order} />
          <OrderFacts order={order} />
        </aside>
      </div>
    </Page>
  )
}

function WhatToDo({
  order,
  account,
  move,
}: {
  order: Order
  account: Account
  move: ReturnType<typeof useMove>
}) {
  const { t } = useTranslation()
  const isToPay = order.status === 'created' && order.role === 'buyer'
  const isFunding = order.confirming.some(step => step.statusAfter === 'funded')
  return (
    <section aria-label={t('order.acts')} className="grid gap-4 empty:hidden">
      {isToPay && !isFunding && <Pay order={order} account={account} />}
      {move.progress !== undefined && <TransactionSteps progress={move.progress} />}
      {move.error && <ErrorSentence error={move.error} />}
      {!(isToPay && isFunding) && <Acts order={order} move={move} />}
    </section>
  )
}

function Pay({ order, account }: { order: Order; account: Account }) {
  const { t } = useTranslation()
  return (
    <div className="card grid gap-4 p-5">
      <h2 className="text-lg">{t('pay.title')}</h2>
      {order.contractOrderId === null ? (
        <Notice tone="wait">{t('pay.beingWritten')}</Notice>
      ) : order.paymentMode === 'dot' ? (
        <PayInDot order={order} account={account} />
      ) : (
        <PayByMpesa order={order} />
      )}
    </div>
  )
}

function sideOf(order: Order): 'buyer' | 'seller' | 'other' {
  return order.role === 'buyer' || order.role === 'seller' ? order.role : 'other'
}

/** Whether the page follows by itself; else how old is what it shows. On a phone a line of its own: nothing moves by it. */
function LiveSign({ seenAt }: { seenAt: number }) {
  const { t } = useTranslation()
  const duration = useDuration()
  const now = useNow()
  const isLive = useIsLive()
  return (
    <p className="flex basis-full items-center gap-2 text-quiet text-sm sm:basis-auto" data-live={isLive}>
      <span aria-hidden="true" className={`size-2.5 rounded-full ${isLive ? 'bg-brand' : 'bg-coin'}`} />
      {isLive ? t('order.live') : t('order.notLive', { age: duration((now - seenAt) / 1_000) })}
    </p>
  )
}
