import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api, unwrap } from '@/api/client'
import { AppError } from '@/api/problem'
import { configQuery } from '@/app/config'
import type { TransactionProgress } from '@/chain/transaction'
import { ConfirmButton } from '@/components/ConfirmButton'
import { ErrorMessage } from '@/components/ErrorMessage'
import { TransactionSteps } from '@/components/TransactionSteps'
import { useSession } from '@/session/session'
import { Panel } from './Panel'

/** Pauses or resumes new orders and payments, signed by the guardian's or the owner's wallet. */
export function PauseContract() {
  const { t } = useTranslation()
  const queryClient = useQueryClient()
  const session = useSession()
  const { data: config } = useQuery(configQuery)
  const [progress, setProgress] = useState<TransactionProgress>()
  const isPaused = useQuery({
    queryKey: ['admin', 'paused'],
    queryFn: async () => {
      const { connectTo, readPaused } = await import('@/chain')
      if (!config?.chain) throw new AppError('not_deployed', 'no contract')
      return readPaused(await connectTo(config.chain))
    },
    enabled: config !== undefined,
  })
  const setPaused = useMutation({
    mutationFn: async (paused: boolean) => {
      setProgress(undefined)
      const call = await unwrap(api.POST('/api/v1/admin/pause', { body: { paused } }))
      if (!config?.chain || session.state !== 'signedIn') throw new AppError('not_deployed', 'no contract')
      const { pauseCall, signAndSubmit } = await import('@/chain')
      await signAndSubmit({
        chain: config.chain,
        address: session.account.address,
        walletId: session.walletId,
        call,
        expected: pauseCall(paused),
        onProgress: setProgress,
      })
    },
    onError: () => setProgress(undefined),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['admin', 'paused'] }),
  })
  return (
    <Panel title={t('admin.pause')}>
      {isPaused.error && <ErrorMessage error={isPaused.error} />}
      {isPaused.data !== undefined && (
        <>
          <p data-paused={isPaused.data}>{isPaused.data ? t('admin.isPaused') : t('admin.isOpen')}</p>
          <ConfirmButton
            variant={isPaused.data ? 'primary' : 'danger'}
            label={isPaused.data ? t('admin.unpauseNow') : t('admin.pauseNow')}
            consequence={isPaused.data ? t('admin.unpauseText') : t('admin.pauseText')}
            busy={setPaused.isPending}
            onConfirm={() => setPaused.mutate(!isPaused.data)}
          />
        </>
      )}
      {progress !== undefined && <TransactionSteps progress={progress} />}
      {setPaused.error && <ErrorMessage error={setPaused.error} />}
    </Panel>
  )
}
