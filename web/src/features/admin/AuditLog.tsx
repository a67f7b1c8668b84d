import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { ErrorSentence } from '@/components/ErrorMessage'
import { PageSkeleton } from '@/components/Skeleton'
import { Moment } from '@/components/time'
import { UserText } from '@/components/UserText'
import { Panel, Table } from './Panel'
import { auditQuery } from './queries'

/** What people and repairing machinery did, the newest first. */
export function Audit() {
  const { t } = useTranslation()
  const { data: lines, error, isPending, refetch } = useQuery(auditQuery)
  if (isPending) return <PageSkeleton />
  return (
    <Panel title={t('admin.room.audit')}>
      {error && <ErrorSentence error={error} onRetry={() => void refetch()} />}
      <Table
        caption={t('admin.room.audit')}
        head={[t('admin.since'), t('admin.who'), t('admin.act'), t('admin.subject'), t('admin.reason')]}
        rows={(lines ?? []).map(line => [
          `${line.at} ${line.action} ${line.subject}`,
          <Moment key="at" at={line.at} />,
          line.actor,
          line.action,
          line.subject,
          <UserText key="reason" text={line.reason ?? ''} />,
        ])}
        empty={t('admin.none')}
      />
    </Panel>
  )
}
