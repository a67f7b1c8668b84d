import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { answerOf, api } from '@/api/client'
import { ErrorSentence } from '@/components/ErrorMessage'
import { OrderLink } from './OrderLink'
import { Panel, Table } from './Panel'
import type { Overview } from './queries'
import { Asked } from './ReasonButton'

type Turn = 'retry' | 'cancel'

/** The shop's own calls to the contract that are not over. */
export function Calls({ calls }: { calls: Overview['calls'] }) {
  const { t } = useTranslation()
  const queries = useQueryClient()
  const turn = useMutation({
    mutationFn: ({ id, act, reason }: { id: number; act: Turn; reason: string }) => {
      const asked = { params: { path: { call_id: id } }, body: { reason } }
      return act === 'retry'
        ? answerOf(api.POST('/api/v1/admin/calls/{call_id}/retry', asked))
        : answerOf(api.POST('/api/v1/admin/calls/{call_id}/cancel', asked))
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ['admin'] }),
  })
  return (
    <Panel title={t('admin.calls')}>
      {turn.error && <ErrorSentence error={turn.error} />}
      <Table
        caption={t('admin.calls')}
        head={[t('admin.call'), t('admin.order'), t('admin.state'), t('admin.error'), t('admin.act')]}
        rows={calls.map(call => [
          call.id,
          call.function,
          <OrderLink key="order" orderId={call.orderId} />,
          call.heldBack ?? call.status,
          call.lastError ?? '',
          call.status === 'queued' ? (
            <div key="acts" className="flex flex-wrap gap-2">
              {(['retry', 'cancel'] as const).map(act => (
                <Asked
                  key={act}
                  label={t(`admin.${act}`)}
                  consequence={t(`admin.${act}Text`)}
                  busy={turn.isPending}
                  onReason={reason => turn.mutate({ id: call.id, act, reason })}
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
