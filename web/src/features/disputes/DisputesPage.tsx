import { infiniteQueryOptions, useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { answerOf, api, type Schemas } from '@/api/client'
import { Button } from '@/components/Button'
import { ErrorSentence } from '@/components/ErrorMessage'
import { MoneyText } from '@/components/MoneyText'
import { Page } from '@/components/Page'
import { PageSkeleton } from '@/components/Skeleton'
import { Countdown } from '@/components/time'
import { UserText } from '@/components/UserText'
import { SignedInOnly } from '@/features/account/RequireSignIn'
import { kesCents, planck } from '@/money/money'
import type { Account } from '@/session/session'

type OpenDispute = Schemas['OpenDisputeView']

const LOOK_AGAIN_MS = 15_000

const disputesQuery = infiniteQueryOptions({
  queryKey: ['orders', 'disputes'],
  queryFn: ({ pageParam }) =>
    answerOf(
      api.GET('/api/v1/disputes', { params: { query: pageParam === undefined ? {} : { after: pageParam } } }),
    ),
  initialPageParam: undefined as number | undefined,
  getNextPageParam: page => page.next ?? undefined,
  refetchInterval: LOOK_AGAIN_MS,
})

/** What an arbiter is to decide, the first deadline first. */
export function DeskPage() {
  return <SignedInOnly>{account => <Desk account={account} />}</SignedInOnly>
}

function Desk({ account }: { account: Account }) {
  const { t } = useTranslation()
  const { data, error, isPending, hasNextPage, fetchNextPage, isFetchingNextPage, refetch } =
    useInfiniteQuery(disputesQuery)
  if (isPending) return <PageSkeleton />
  if (data === undefined) return <ErrorSentence error={error} onRetry={() => void refetch()} />
  const disputes = data.pages.flatMap(page => page.items)
  return (
    <Page title={t('desk.title')}>
      {disputes.length === 0 && (
        <p className="text-quiet">
          {account.roles.includes('arbiter') ? t('desk.none') : t('desk.notArbiter')}
        </p>
      )}
      <ul className="grid gap-3">
        {disputes.map(dispute => (
          <li key={dispute.orderId}>
            <DisputeLine dispute={dispute} />
          </li>
        ))}
      </ul>
      {hasNextPage && (
        <Button look="quiet" className="mt-6" busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {t('home.more')}
        </Button>
      )}
    </Page>
  )
}

function DisputeLine({ dispute }: { dispute: OpenDispute }) {
  const { t } = useTranslation()
  const amount =
    dispute.amountPlanck === null ? kesCents(dispute.amountKesCents ?? '0') : planck(dispute.amountPlanck)
  return (
    <Link
      to="/orders/$orderId"
      params={{ orderId: String(dispute.orderId) }}
      className="card grid grid-cols-[minmax(0,1fr)_auto] gap-x-4 gap-y-1 p-4 hover:bg-tint"
    >
      <span className="font-semibold">
        <UserText text={dispute.productTitle} />
      </span>
      <MoneyText money={amount} className="font-semibold" />
      <span className="col-span-2 text-sm">
        {dispute.deadlineAt !== null && (
          <>
            {t('desk.left')} <Countdown until={dispute.deadlineAt} />
          </>
        )}
      </span>
      <span className="col-span-2 text-quiet text-sm">
        {t('desk.said', { messages: dispute.messages, evidence: dispute.evidence })}
      </span>
      <span className="col-span-2 text-quiet text-sm">
        {t('desk.undecided', { share: dispute.defaultBuyerBps / 100 })}
      </span>
    </Link>
  )
}
