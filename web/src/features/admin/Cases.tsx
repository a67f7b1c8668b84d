import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { api, unwrap } from '@/api/client'
import { ErrorMessage } from '@/components/ErrorMessage'
import { DateTime } from '@/components/time'
import { OrderLink } from './OrderLink'
import { Panel, Table } from './Panel'
import type { AdminOverview } from './queries'
import { ReasonButton } from './ReasonButton'

/** The open cases, which need an operator. */
export function Cases({ cases }: { cases: AdminOverview['cases'] }) {
  const { t } = useTranslation()
  const queryClient = useQueryClient()
  const close = useMutation({
    mutationFn: ({ id, resolution }: { id: number; resolution: string }) =>
      unwrap(
        api.POST('/api/v1/admin/cases/{case_id}/close', {
          params: { path: { case_id: id } },
          body: { resolution },
        }),
      ),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['admin'] }),
  })
  return (
    <Panel title={t('admin.cases')}>
      {close.error && <ErrorMessage error={close.error} />}
      <Table
        caption={t('admin.cases')}
        head={[t('admin.type'), t('admin.subject'), t('admin.order'), t('admin.time'), t('admin.action')]}
        rows={cases.map(one => [
          one.id,
          one.kind,
          one.subject,
          <OrderLink key="order" orderId={one.orderId} />,
          <DateTime key="at" at={one.openedAt} />,
          <ReasonButton
            key="close"
            label={t('admin.close')}
            consequence={t('admin.closeText')}
            busy={close.isPending}
            onReason={resolution => close.mutate({ id: one.id, resolution })}
          />,
        ])}
        empty={t('admin.none')}
      />
    </Panel>
  )
}
