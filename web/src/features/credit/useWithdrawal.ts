import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api, unwrap } from '@/api/client'
import { AppError } from '@/api/problem'
import { configQuery } from '@/app/config'
import type { TransactionProgress } from '@/chain/transaction'
import { useSession } from '@/session/session'

/** `credit` is what the contract keeps; `fallback` is coin on the account of the user's contract address. */
export type WithdrawalSource = 'credit' | 'fallback'

/** Fetch the user's own coin to their account, signed by their wallet alone. */
export function useWithdrawal() {
  const queryClient = useQueryClient()
  const session = useSession()
  const [progress, setProgress] = useState<TransactionProgress>()
  const mutation = useMutation({
    mutationFn: async (source: WithdrawalSource) => {
      setProgress(undefined)
      const { chain } = await queryClient.ensureQueryData(configQuery)
      if (chain === null || session.state !== 'signedIn')
        throw new AppError('not_deployed', 'no contract, or no session')
      const wallet = {
        chain,
        address: session.account.address,
        walletId: session.walletId,
        onProgress: setProgress,
      }
      const { fetchFromFallbackAccount, signAndSubmit, withdrawCall } = await import('@/chain')
      if (source === 'fallback') return fetchFromFallbackAccount(wallet)
      const { call } = await unwrap(api.POST('/api/v1/credit/withdraw'))
      return signAndSubmit({ ...wallet, call, expected: withdrawCall() })
    },
    onError: () => setProgress(undefined),
    onSettled: () =>
      Promise.all([
        queryClient.invalidateQueries({ queryKey: ['credit'] }),
        queryClient.invalidateQueries({ queryKey: ['orders'] }),
      ]),
  })
  return { ...mutation, progress }
}
