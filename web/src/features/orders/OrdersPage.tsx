import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { Button, LinkButton } from '@/components/Button'
import { ErrorMessage } from '@/components/ErrorMessage'
import { MoneyText } from '@/components/MoneyText'
import { Page } from '@/components/Page'
import { PageSkeleton } from '@/components/Skeleton'
import { DateTime } from '@/components/time'
import { UserText } from '@/components/UserText'
import { RequireSignIn } from '@/features/account/RequireSignIn'
import { amountOf } from '@/payments/registry'
import { moneyHolderOf } from './order'
import { type Order, ordersQuery } from './queries'

export function OrdersPage() {
  return <RequireSignIn>{() => <Orders />}</RequireSignIn>
}

function Orders() {
  const { t } = useTranslation()
  const { data, error, isPending, hasNextPage, fetchNextPage, isFetchingNextPage, refetch } =
    useInfiniteQuery(ordersQuery)
  if (isPending) return <PageSkeleton />
  if (data === undefined) return <ErrorMessage error={error} onRetry={() => void refetch()} />
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
              <OrderRow order={order} />
            </li>
          ))}
        </ul>
      )}
      {hasNextPage && (
        <Button
          variant="secondary"
          className="mt-6"
          busy={isFetchingNextPage}
          onClick={() => void fetchNextPage()}
        >
          {t('actions.showMore')}
        </Button>
      )}
    </Page>
  )
}

const DOT_COLOR = { buyer: 'bg-edge', escrow: 'bg-coin', seller: 'bg-brand', split: 'bg-brand' } as const

function OrderRow({ order }: { order: Order }) {
  const { t } = useTranslation()
  return (
    <Link
      to="/orders/$orderId"
      params={{ orderId: String(order.id) }}
      className="card grid gap-1 p-4 hover:bg-tint"
    >
      <span className="flex justify-between gap-4 font-semibold">
        <UserText text={order.productTitle} />
        <MoneyText money={amountOf(order)} />
      </span>
      <span className="flex flex-wrap items-center justify-between gap-x-4 text-sm">
        <span className="flex items-center gap-2">
          <span
            aria-hidden="true"
            className={`size-2.5 rounded-full ${DOT_COLOR[moneyHolderOf(order.status)]}`}
          />
          {t(`status.${order.status}`)}
        </span>
        <span className="text-quiet">
          {order.role === 'seller' ? t('orders.sold') : t('orders.bought')} ·{' '}
          <DateTime at={order.createdAt} />
        </span>
      </span>
    </Link>
  )
}
