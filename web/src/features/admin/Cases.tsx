import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { answerOf, api } from '@/api/client'
import { ErrorSentence } from '@/components/ErrorMessage'
import { Moment } from '@/components/time'
import { OrderLink } from './OrderLink'
import { Panel, Table } from './Panel'
import type { Overview } from './queries'
import { Asked } from './ReasonButton'

/** What waits for a person. */
export function Cases({ cases }: { cases: Overview['cases'] }) {
  const { t } = useTranslation()
  const queries = useQueryClient()
  const close = useMutation({
    mutationFn: ({ id, resolution }: { id: number; resolution: string }) =>
      answerOf(
        api.POST('/api/v1/admin/cases/{case_id}/close', {
          params: { path: { case_id: id } },
          body: { resolution },
        }),
      ),
    onSettled: () => queries.invalidateQueries({ queryKey: ['admin'] }),
  })
  return (
    <Panel title={t('admin.cases')}>
      {close.error && <ErrorSentence error={close.error} />}
      <Table
        caption={t('admin.cases')}
        head={[t('admin.kind'), t('admin.subject'), t('admin.order'), t('admin.since'), t('admin.act')]}
        rows={cases.map(one => [
          one.id,
          one.kind,
          one.subject,
          <OrderLink key="order" orderId={one.orderId} />,
          <Moment key="at" at={one.openedAt} />,
          <Asked
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
