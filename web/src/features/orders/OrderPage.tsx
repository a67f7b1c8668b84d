import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { ErrorMessage } from '@/components/ErrorMessage'
import { PageSkeleton } from '@/components/Skeleton'
import { RequireSignIn } from '@/features/account/RequireSignIn'
import type { Account } from '@/session/session'
import { OrderView } from './OrderView'
import { orderQuery } from './queries'

export function OrderPage() {
  const { orderId } = useParams({ from: '/orders/$orderId' })
  return (
    <RequireSignIn>
      {account => <LoadedOrder key={orderId} id={Number(orderId)} account={account} />}
    </RequireSignIn>
  )
}

function LoadedOrder({ id, account }: { id: number; account: Account }) {
  const { data: order, error, isPending, dataUpdatedAt, refetch } = useQuery(orderQuery(id))
  if (isPending) return <PageSkeleton />
  if (order === undefined) return <ErrorMessage error={error} onRetry={() => void refetch()} />
  return <OrderView order={order} account={account} updatedAt={dataUpdatedAt} />
}
