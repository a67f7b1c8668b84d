import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { answerOf, api } from '@/api/client'
import { Refusal } from '@/api/problem'
import { configQuery } from '@/app/config'
import type { Progress } from '@/chain/transaction'
import { ConfirmedButton } from '@/components/ConfirmButton'
import { ErrorSentence } from '@/components/ErrorMessage'
import { TransactionSteps } from '@/components/TransactionSteps'
import { useSession } from '@/session/session'
import { Panel } from './Panel'

/** Stop new orders and payments, or let them go on: signed by the guardian's or the owner's own wallet. */
export function Pause() {
  const { t } = useTranslation()
  const queries = useQueryClient()
  const session = useSession()
  const { data: config } = useQuery(configQuery)
  const [progress, setProgress] = useState<Progress>()
  const isPaused = useQuery({
    queryKey: ['admin', 'paused'],
    queryFn: async () => {
      const { connectTo, readPaused } = await import('@/chain')
      if (!config?.chain) throw new Refusal('not_deployed', 'no contract')
      return readPaused(await connectTo(config.chain))
    },
    enabled: config !== undefined,
  })
  const turn = useMutation({
    mutationFn: async (paused: boolean) => {
      setProgress(undefined)
      const call = await answerOf(api.POST('/api/v1/admin/pause', { body: { paused } }))
      if (!config?.chain || session.state !== 'signedIn') throw new Refusal('not_deployed', 'no contract')
      const { pauseCall, signAndFollow } = await import('@/chain')
      await signAndFollow({
        chain: config.chain,
        address: session.account.address,
        walletId: session.walletId,
        call,
        wanted: pauseCall(paused),
        onProgress: setProgress,
      })
    },
    onError: () => setProgress(undefined),
    onSettled: () => queries.invalidateQueries({ queryKey: ['admin', 'paused'] }),
  })
  return (
    <Panel title={t('admin.pause')}>
      {isPaused.error && <ErrorSentence error={isPaused.error} />}
      {isPaused.data !== undefined && (
        <>
          <p data-paused={isPaused.data}>{isPaused.data ? t('admin.isPaused') : t('admin.isOpen')}</p>
          <ConfirmedButton
            look={isPaused.data ? 'primary' : 'danger'}
            label={isPaused.data ? t('admin.unpauseNow') : t('admin.pauseNow')}
            consequence={isPaused.data ? t('admin.unpauseText') : t('admin.pauseText')}
            busy={turn.isPending}
            onConfirm={() => turn.mutate(!isPaused.data)}
          />
        </>
      )}
      {progress !== undefined && <TransactionSteps progress={progress} />}
      {turn.error && <ErrorSentence error={turn.error} />}
    </Panel>
  )
}
