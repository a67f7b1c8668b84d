import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { ErrorSentence } from '@/components/ErrorMessage'
import { MoneyText } from '@/components/MoneyText'
import { Notice } from '@/components/Notice'
import { PageSkeleton } from '@/components/Skeleton'
import { Moment } from '@/components/time'
import { useServiceHealth } from '@/live/useServiceHealth'
import { planck } from '@/money/money'
import { Cases } from './Cases'
import { Calls } from './ContractCalls'
import { Panel, Table } from './Panel'
import { Pause } from './PauseContract'
import { type Overview, overviewQuery } from './queries'
import { Reconcile } from './Reconciliation'

/** How far the shop is behind the chain, what waits and why. */
export function Sync() {
  const { data: overview, error, isPending, refetch } = useQuery(overviewQuery)
  const health = useServiceHealth()
  if (isPending || health.isPending) return <PageSkeleton />
  if (overview === undefined) return <ErrorSentence error={error} onRetry={() => void refetch()} />
  return (
    <div className="grid gap-6">
      <Health overview={overview} services={health.data?.services ?? {}} />
      <Alerts overview={overview} />
      <Cases cases={overview.cases} />
      <Parked overview={overview} />
      <Calls calls={overview.calls} />
      <Signers overview={overview} />
      <Reconcile last={overview.lastReconciliation} />
      <Pause />
    </div>
  )
}

function Health({ overview, services }: { overview: Overview; services: Record<string, string> }) {
  const { t } = useTranslation()
  const blocks = [
    [t('admin.bestBlock'), overview.bestBlock],
    [t('admin.finalBlock'), overview.finalBlock],
    [t('admin.indexedBlock'), overview.indexedBlock],
    [t('admin.lag'), overview.lagBlocks],
    [t('admin.eventsWaiting'), overview.eventsWaiting],
  ] as const
  return (
    <Panel title={t('admin.health')}>
      {overview.chainTrouble !== null && <Notice tone="bad">{overview.chainTrouble}</Notice>}
      <ul className="flex flex-wrap gap-2">
        {Object.entries(services).map(([part, state]) => (
          <li
            key={part}
            data-service={part}
            className={`rounded-xl px-3 py-1.5 font-medium text-sm ${state === 'error' ? 'bg-bad-tint' : 'bg-tint'}`}
          >
            {part}: {state}
          </li>
        ))}
      </ul>
      <dl className="grid grid-cols-2 gap-3 sm:grid-cols-5">
        {blocks.map(([name, value]) => (
          <div key={name} className="flex flex-col-reverse">
            <dt className="text-quiet text-sm">{name}</dt>
            <dd className="figures font-display font-semibold text-2xl">{value ?? '–'}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  )
}

function Alerts({ overview }: { overview: Overview }) {
  const { t } = useTranslation()
  return (
    <Panel title={t('admin.alerts')}>
      <Table
        caption={t('admin.alerts')}
        head={[t('admin.kind'), t('admin.subject'), t('admin.since')]}
        rows={overview.alerts.map(alert => [
          `${alert.kind} ${alert.subject}`,
          alert.kind,
          alert.subject,
          <Moment key="at" at={alert.raisedAt} />,
        ])}
        empty={t('admin.none')}
      />
    </Panel>
  )
}

function Parked({ overview }: { overview: Overview }) {
  const { t } = useTranslation()
  return (
    <Panel title={t('admin.parked')}>
      <Table
        caption={t('admin.parked')}
        head={[t('admin.event'), t('admin.block'), t('admin.attempts'), t('admin.error')]}
        rows={overview.parked.map(event => [
          `${event.blockHash} ${event.eventIndex}`,
          event.name,
          event.blockNumber,
          event.attemptCount,
          event.lastError ?? '',
        ])}
        empty={t('admin.none')}
      />
    </Panel>
  )
}

function Signers({ overview }: { overview: Overview }) {
  const { t } = useTranslation()
  return (
    <Panel title={t('admin.signers')}>
      <Table
        caption={t('admin.signers')}
        head={[t('admin.role'), t('admin.address'), t('admin.balance'), t('admin.error')]}
        rows={overview.signers.map(signer => [
          signer.role,
          signer.role,
          signer.address ?? '–',
          signer.freePlanck === null ? '–' : <MoneyText key="free" money={planck(signer.freePlanck)} />,
          signer.trouble ?? '',
        ])}
        empty={t('admin.none')}
      />
    </Panel>
  )
}
