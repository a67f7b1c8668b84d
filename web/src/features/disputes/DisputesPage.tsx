import { infiniteQueryOptions, useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { api, type Schemas, unwrap } from '@/api/client'
import { Button } from '@/components/Button'
import { ErrorMessage } from '@/components/ErrorMessage'
import { MoneyText } from '@/components/MoneyText'
import { Page } from '@/components/Page'
import { PageSkeleton } from '@/components/Skeleton'
import { Countdown } from '@/components/time'
import { UserText } from '@/components/UserText'
import { RequireSignIn } from '@/features/account/RequireSignIn'
import { amountOf } from '@/payments/registry'
import type { Account } from '@/session/session'

type OpenDispute = Schemas['OpenDisputeView']

const REFETCH_INTERVAL_MS = 15_000

const disputesQuery = infiniteQueryOptions({
  queryKey: ['orders', 'disputes'],
  queryFn: ({ pageParam }) =>
    unwrap(
      api.GET('/api/v1/disputes', { params: { query: pageParam === undefined ? {} : { after: pageParam } } }),
    ),
  initialPageParam: undefined as number | undefined,
  getNextPageParam: page => page.next ?? undefined,
  refetchInterval: REFETCH_INTERVAL_MS,
})

/** The open disputes of an arbiter, the nearest deadline first. */
export function DisputesPage() {
  return <RequireSignIn>{account => <DisputeList account={account} />}</RequireSignIn>
}

function DisputeList({ account }: { account: Account }) {
  const { t } = useTranslation()
  const { data, error, isPending, hasNextPage, fetchNextPage, isFetchingNextPage, refetch } =
    useInfiniteQuery(disputesQuery)
  if (isPending) return <PageSkeleton />
  if (data === undefined) return <ErrorMessage error={error} onRetry={() => void refetch()} />
  const disputes = data.pages.flatMap(page => page.items)
  return (
    <Page title={t('disputes.title')}>
      {disputes.length === 0 && (
        <p className="text-quiet">
          {account.roles.includes('arbiter') ? t('disputes.none') : t('disputes.notArbiter')}
        </p>
      )}
      <ul className="grid gap-3">
        {disputes.map(dispute => (
          <li key={dispute.orderId}>
            <DisputeRow dispute={dispute} />
          </li>
        ))}
      </ul>
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

function DisputeRow({ dispute }: { dispute: OpenDispute }) {
  const { t } = useTranslation()

  return (
    <Link
      to="/orders/$orderId"
      params={{ orderId: String(dispute.orderId) }}
      className="card grid grid-cols-[minmax(0,1fr)_auto] gap-x-4 gap-y-1 p-4 hover:bg-tint"
    >
      <span className="font-semibold">
        <UserText text={dispute.productTitle} />
      </span>
      <MoneyText money={amountOf(dispute)} className="font-semibold" />
      <span className="col-span-2 text-sm">
        {dispute.deadlineAt !== null && (
          <>
            {t('disputes.left')} <Countdown until={dispute.deadlineAt} />
          </>
        )}
      </span>
      <span className="col-span-2 text-quiet text-sm">
        {t('disputes.counts', { messages: dispute.messages, evidence: dispute.evidence })}
      </span>
      <span className="col-span-2 text-quiet text-sm">
        {t('disputes.undecided', { share: dispute.defaultBuyerBps / 100 })}
      </span>
    </Link>
  )
}
