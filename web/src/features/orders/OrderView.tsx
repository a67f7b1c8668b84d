import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { ErrorMessage } from '@/components/ErrorMessage'
import { MoneyLocation } from '@/components/MoneyLocation'
import { MoneyText } from '@/components/MoneyText'
import { Notice } from '@/components/Notice'
import { Page } from '@/components/Page'
import { TransactionSteps } from '@/components/TransactionSteps'
import { useDuration, useNow } from '@/components/time'
import { UserText } from '@/components/UserText'
import { Credit } from '@/features/credit/Credit'
import { PartiesWithoutAccount } from '@/features/credit/NoAccount'
import { DisputeThread } from '@/features/disputes/DisputeThread'
import { ResolveDispute } from '@/features/disputes/ResolveDispute'
import { OrderedProduct } from '@/features/shop/OrderedProduct'
import { useIsLive } from '@/live/useOrderUpdates'
import { paymentMethodOf } from '@/payments/registry'
import type { Account } from '@/session/session'
import { Deadline } from './Deadline'
import { OrderActions } from './OrderActions'
import { OrderDetails } from './OrderDetails'
import { moneyHolderOf } from './order'
import type { Order } from './queries'
import { Settlement } from './Settlement'
import { Timeline } from './Timeline'
import { type OrderActionState, useOrderAction } from './useOrderAction'

interface OrderViewProps {
  order: Order
  account: Account
  /** The time of the data, in milliseconds. */
  updatedAt: number
}

/** Everything about one order: where its money is, what its parties can do, and what has happened. */
export function OrderView({ order, account, updatedAt }: OrderViewProps) {
  const { t } = useTranslation()
  const orderAction = useOrderAction(order)
  const { PayoutPanel } = paymentMethodOf(order)
  const isDisputable = order.status === 'shipped' || order.status === 'received' || order.disputedAt !== null
  return (
    <Page title={t('order.title', { id: order.id })} aside={<LiveIndicator updatedAt={updatedAt} />}>
      <div className="grid gap-8 lg:grid-cols-[minmax(0,1fr)_22rem]" data-order-status={order.status}>
        <div className="grid content-start gap-6">
          <Summary order={order} />
          {order.creditPlanck != null && <Credit address={account.address} />}
          <PartiesWithoutAccount order={order} />
          <NextSteps order={order} account={account} orderAction={orderAction} />
          <Settlement order={order} orderAction={orderAction} />
          {order.actions.includes('resolve') && <ResolveDispute order={order} orderAction={orderAction} />}
          {isDisputable && <DisputeThread orderId={order.id} isDisputed={order.disputedAt !== null} />}
        </div>
        <aside className="grid content-start gap-6">
          {PayoutPanel && <PayoutPanel order={order} />}
          <Timeline order={order} />
          {order.productCid !== null && <OrderedProduct cid={order.productCid} />}
          <OrderDetails order={order} />
        </aside>
      </div>
    </Page>
  )
}

function Summary({ order }: { order: Order }) {
  const { t } = useTranslation()
  const method = paymentMethodOf(order)
  const amount = method.amountOf(order)
  const hasCredit = order.creditPlanck != null
  return (
    <section className="card grid gap-4 p-5" aria-label={t('order.summary')}>
      <p className="flex flex-wrap items-baseline justify-between gap-x-4">
        <Link
          to="/products/$productId"
          params={{ productId: String(order.productId) }}
          className="inline-flex min-h-11 items-center font-semibold underline-offset-2 hover:underline"
        >
          <UserText text={order.productTitle} />
        </Link>
        <MoneyText money={amount} className="font-display font-semibold text-2xl" />
      </p>
      <MoneyLocation
        at={hasCredit ? 'escrow' : moneyHolderOf(order.status)}
        custodian={method.custodian(t)}
        money={amount}
      />
      <div aria-live="polite" className="grid gap-1 border-line border-t pt-4">
        <p className="font-display font-semibold text-lg">{t(`status.${order.status}`)}</p>
        <p>
          {hasCredit ? t('credit.explanation') : t(`order.explanation.${order.status}.${viewerOf(order)}`)}
        </p>
        <Deadline order={order} />
      </div>
    </section>
  )
}

interface NextStepsProps {
  order: Order
  account: Account
  orderAction: OrderActionState
}

function NextSteps({ order, account, orderAction }: NextStepsProps) {
  const { t } = useTranslation()
  const isUnpaid = order.status === 'created' && order.role === 'buyer'
  const isBeingFunded = isUnpaid && order.confirmations.some(step => step.statusAfter === 'funded')
  return (
    <section aria-label={t('order.actions')} className="grid gap-4 empty:hidden">
      {isUnpaid && !isBeingFunded && <Pay order={order} account={account} />}
      {orderAction.progress !== undefined && <TransactionSteps progress={orderAction.progress} />}
      {orderAction.error && <ErrorMessage error={orderAction.error} />}
      {!isBeingFunded && <OrderActions order={order} orderAction={orderAction} />}
    </section>
  )
}

function Pay({ order, account }: { order: Order; account: Account }) {
  const { t } = useTranslation()
  const { PayPanel } = paymentMethodOf(order)
  return (
    <div className="card grid gap-4 p-5">
      <h2 className="text-lg">{t('pay.title')}</h2>
      {order.contractOrderId === null ? (
        <Notice tone="wait">{t('pay.settingUp')}</Notice>
      ) : (
        <PayPanel order={order} account={account} />
      )}
    </div>
  )
}

function viewerOf(order: Order): 'buyer' | 'seller' | 'other' {
  return order.role === 'buyer' || order.role === 'seller' ? order.role : 'other'
}

/** Shows that the page updates live, or the age of its data. It has a line of its own on a phone, so nothing moves. */
function LiveIndicator({ updatedAt }: { updatedAt: number }) {
  const { t } = useTranslation()
  const duration = useDuration()
  const now = useNow()
  const isLive = useIsLive()
  return (
    <p className="flex basis-full items-center gap-2 text-quiet text-sm sm:basis-auto" data-live={isLive}>
      <span aria-hidden="true" className={`size-2.5 rounded-full ${isLive ? 'bg-brand' : 'bg-coin'}`} />
      {isLive ? t('order.live') : t('order.reconnecting', { age: duration((now - updatedAt) / 1_000) })}
    </p>
  )
}
