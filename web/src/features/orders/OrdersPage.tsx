import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { Button, LinkButton } from '@/components/Button'
import { ErrorSentence } from '@/components/ErrorSentence'
import { MoneyText } from '@/components/MoneyText'
import { Page } from '@/components/Page'
import { PageSkeleton } from '@/components/Skeleton'
import { Moment } from '@/components/time'
import { UserText } from '@/components/UserText'
import { SignedInOnly } from '@/features/account/SignedInOnly'
import { amountOf, placeOf } from './order'
import { type Order, ordersQuery } from './queries'

export function OrdersPage() {
  return <SignedInOnly>{() => <Orders />}</SignedInOnly>
}

function Orders() {
  const { t } = useTranslation()
  const { data, error, isPending, hasNextPage, fetchNextPage, isFetchingNextPage, refetch } =
    useInfiniteQuery(ordersQuery)
  if (isPending) return <PageSkeleton />
  if (data === undefined) return <ErrorSentence error={error} onRetry={() => void refetch()} />
  const orders = data.pages.flatMap(page => page.items)
  return (
    <Page title={t('orders.title')}>
      {orders.length === 0 ? (
        <div className="grid justify-items-start gap-5">
          <p className="text-quiet">{t('orders.none')}</p>
          <LinkButton to="/">{t('notFound.home')}</LinkButton>
        </div>
      ) : (
        <ul className="grid gap-3">
          {orders.map(order => (
            <li key={order.id}>
              <OrderLine order={order} />
            </li>
          ))}
        </ul>
      )}
      {hasNextPage && (
        <Button look="quiet" className="mt-6" busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {t('home.more')}
        </Button>
      )}
    </Page>
  )
}

const COIN = { buyer: 'bg-edge', held: 'bg-coin', seller: 'bg-brand', divided: 'bg-brand' } as const

function OrderLine({ order }: { order: Order }) {
  const { t } = useTranslation()
  return (
    <Link
      to="/orders/$orderId"
      params={{ orderId: String(order.id) }}
      className="card grid grid-cols-[1fr_auto] items-center gap-x-4 gap-y-1 p-4 hover:bg-tint"
    >
      <span className="font-semibold">
        <UserText text={order.productTitle} />
      </span>
      <MoneyText money={amountOf(order)} className="font-semibold" />
      <span className="flex items-center gap-2 text-sm">
        <span aria-hidden="true" className={`size-2.5 rounded-full ${COIN[placeOf(order.status)]}`} />
        {t(`status.${order.status}`)}
      </span>
      <span className="text-right text-quiet text-sm">
        {order.role === 'seller' ? t('orders.sold') : t('orders.bought')} · <Moment at={order.createdAt} />
      </span>
    </Link>
  )
}
