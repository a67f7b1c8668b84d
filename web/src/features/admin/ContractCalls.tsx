import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { api, unwrap } from '@/api/client'
import { ErrorMessage } from '@/components/ErrorMessage'
import { OrderLink } from './OrderLink'
import { Panel, Table } from './Panel'
import type { AdminOverview } from './queries'
import { ReasonButton } from './ReasonButton'

type CallAction = 'retry' | 'cancel'

/** The shop's own pending calls to the contract. */
export function ContractCalls({ calls }: { calls: AdminOverview['calls'] }) {
  const { t } = useTranslation()
  const queryClient = useQueryClient()
  const changeCall = useMutation({
    mutationFn: ({ id, action, reason }: { id: number; action: CallAction; reason: string }) => {
      const request = { params: { path: { call_id: id } }, body: { reason } }
      return action === 'retry'
        ? unwrap(api.POST('/api/v1/admin/calls/{call_id}/retry', request))
        : unwrap(api.POST('/api/v1/admin/calls/{call_id}/cancel', request))
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['admin'] }),
  })
  return (
    <Panel title={t('admin.calls')}>
      {changeCall.error && <ErrorMessage error={changeCall.error} />}
      <Table
        caption={t('admin.calls')}
        head={[t('admin.call'), t('admin.order'), t('admin.status'), t('admin.error'), t('admin.action')]}
        rows={calls.map(call => [
          call.id,
          call.function,
          <OrderLink key="order" orderId={call.orderId} />,
          call.heldBack ?? call.status,
          call.lastError ?? '',
          call.status === 'queued' ? (
            <div key="acts" className="flex flex-wrap gap-2">
              {(['retry', 'cancel'] as const).map(action => (
                <ReasonButton
                  key={action}
                  label={t(`admin.callActions.${action}.label`)}
                  consequence={t(`admin.callActions.${action}.consequence`)}
                  busy={changeCall.isPending}
                  onReason={reason => changeCall.mutate({ id: call.id, action, reason })}
                />
              ))}
            </div>
          ) : (
            ''
          ),
        ])}
        empty={t('admin.none')}
      />
    </Panel>
  )
}
