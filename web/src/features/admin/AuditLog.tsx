import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { ErrorMessage } from '@/components/ErrorMessage'
import { PageSkeleton } from '@/components/Skeleton'
import { DateTime } from '@/components/time'
import { UserText } from '@/components/UserText'
import { Panel, Table } from './Panel'
import { auditQuery } from './queries'

/** The actions of operators and of automatic repairs, newest first. */
export function AuditLog() {
  const { t } = useTranslation()
  const { data: entries, error, isPending, refetch } = useQuery(auditQuery)
  if (isPending) return <PageSkeleton />
  return (
    <Panel title={t('admin.section.audit')}>
      {error && <ErrorMessage error={error} onRetry={() => void refetch()} />}
      <Table
        caption={t('admin.section.audit')}
        head={[t('admin.time'), t('admin.actor'), t('admin.action'), t('admin.subject'), t('admin.reason')]}
        rows={(entries ?? []).map(line => [
          `${line.at} ${line.action} ${line.subject}`,
          <DateTime key="at" at={line.at} />,
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
