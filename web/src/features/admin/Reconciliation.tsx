import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { api, unwrap } from '@/api/client'
import { Button } from '@/components/Button'
import { ErrorMessage } from '@/components/ErrorMessage'
import { DateTime } from '@/components/time'
import { Panel } from './Panel'
import type { AdminOverview } from './queries'

/** The last reconciliation of orders and money with the contract, and a button that starts one. */
export function Reconciliation({ last }: { last: AdminOverview['lastReconciliation'] }) {
  const { t } = useTranslation()
  const queryClient = useQueryClient()
  const compare = useMutation({
    mutationFn: () => unwrap(api.POST('/api/v1/admin/reconcile')),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['admin'] }),
  })
  return (
    <Panel
      title={t('admin.reconciliation')}
      aside={
        <Button variant="secondary" busy={compare.isPending} onClick={() => compare.mutate()}>
          {t('admin.reconcileNow')}
        </Button>
      }
    >
      {compare.error && <ErrorMessage error={compare.error} />}
      {last === null ? (
        <p className="text-quiet">{t('admin.neverReconciled')}</p>
      ) : (
        <p>
          <DateTime at={last.at} />{' '}
          {t('admin.reconciled', {
            orders: last.ordersCompared,
            repaired: last.ordersRepaired,
            left: last.differences.length,
            block: last.blockNumber,
          })}
        </p>
      )}
    </Panel>
  )
}
