import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { answerOf, api } from '@/api/client'
import { Button } from '@/components/Button'
import { ErrorSentence } from '@/components/ErrorMessage'
import { Moment } from '@/components/time'
import { Panel } from './Panel'
import type { Overview } from './queries'

/** Compare every open order and the money with the contract, and mend what the log can mend. */
export function Reconcile({ last }: { last: Overview['lastReconciliation'] }) {
  const { t } = useTranslation()
  const queries = useQueryClient()
  const compare = useMutation({
    mutationFn: () => answerOf(api.POST('/api/v1/admin/reconcile')),
    onSettled: () => queries.invalidateQueries({ queryKey: ['admin'] }),
  })
  return (
    <Panel
      title={t('admin.reconcile')}
      aside={
        <Button look="quiet" busy={compare.isPending} onClick={() => compare.mutate()}>
          {t('admin.compareNow')}
        </Button>
      }
    >
      {compare.error && <ErrorSentence error={compare.error} />}
      {last === null ? (
        <p className="text-quiet">{t('admin.neverCompared')}</p>
      ) : (
        <p>
          <Moment at={last.at} />{' '}
          {t('admin.compared', {
            orders: last.ordersCompared,
            mended: last.ordersRepaired,
            left: last.differences.length,
            block: last.blockNumber,
          })}
        </p>
      )}
    </Panel>
  )
}
