import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { ErrorMessage } from '@/components/ErrorMessage'
import { MoneyText } from '@/components/MoneyText'
import { Notice } from '@/components/Notice'
import { PageSkeleton } from '@/components/Skeleton'
import { DateTime } from '@/components/time'
import { useServiceHealth } from '@/live/useServiceHealth'
import { planck } from '@/money/money'
import { Cases } from './Cases'
import { ContractCalls } from './ContractCalls'
import { Panel, Table } from './Panel'
import { PauseContract } from './PauseContract'
import { type AdminOverview, overviewQuery } from './queries'
import { Reconciliation } from './Reconciliation'

/** The state of the services and the chain, alerts, open cases and pending calls. */
export function Overview() {
  const { data: overview, error, isPending, refetch } = useQuery(overviewQuery)
  const health = useServiceHealth()
  if (isPending || health.isPending) return <PageSkeleton />
  if (overview === undefined) return <ErrorMessage error={error} onRetry={() => void refetch()} />
  return (
    <div className="grid gap-6">
      <Health overview={overview} services={health.data?.services ?? {}} />
      <Alerts overview={overview} />
      <Cases cases={overview.cases} />
      <ParkedEvents overview={overview} />
      <ContractCalls calls={overview.calls} />
      <Signers overview={overview} />
      <Reconciliation last={overview.lastReconciliation} />
      <PauseContract />
    </div>
  )
}

function Health({ overview, services }: { overview: AdminOverview; services: Record<string, string> }) {
  const { t } = useTranslation()
  const blocks = [
    [t('admin.bestBlock'), overview.bestBlock],
    [t('admin.finalizedBlock'), overview.finalizedBlock],
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

function Alerts({ overview }: { overview: AdminOverview }) {
  const { t } = useTranslation()
  return (
    <Panel title={t('admin.alerts')}>
      <Table
        caption={t('admin.alerts')}
        head={[t('admin.type'), t('admin.subject'), t('admin.time')]}
        rows={overview.alerts.map(alert => [
          `${alert.kind} ${alert.subject}`,
          alert.kind,
          alert.subject,
          <DateTime key="at" at={alert.raisedAt} />,
        ])}
        empty={t('admin.none')}
      />
    </Panel>
  )
}

function ParkedEvents({ overview }: { overview: AdminOverview }) {
  const { t } = useTranslation()
  return (
    <Panel title={t('admin.failedEvents')}>
      <Table
        caption={t('admin.failedEvents')}
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

function Signers({ overview }: { overview: AdminOverview }) {
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
