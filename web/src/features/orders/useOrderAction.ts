import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api, unwrap } from '@/api/client'
import { AppError } from '@/api/problem'
import { configQuery } from '@/app/config'
import type { TransactionProgress } from '@/chain/transaction'
import { useSession } from '@/session/session'
import { type OrderAction, toContractAction, toRequest } from './actions'
import type { Order } from './queries'

export type ActionProgress = TransactionProgress | { step: 'relayed' }

/**
 * Carry out an action on an order: signed by the user's wallet, or relayed by the shop where the payment method allows.
 * Before anything is signed, the order and the call are checked against the contract.
 */
export function useOrderAction(order: Order) {
  const queryClient = useQueryClient()
  const session = useSession()
  const [progress, setProgress] = useState<ActionProgress>()
  const mutation = useMutation({
    mutationFn: async (action: OrderAction) => {
      setProgress(undefined)
      const answer = await unwrap(
        api.PUT('/api/v1/orders/{order_id}', {
          params: { path: { order_id: order.id } },
          body: toRequest(action, order),
        }),
      )
      if (answer.call === null) {
        setProgress({ step: 'relayed' })
        return
      }
      const { chain } = await queryClient.ensureQueryData(configQuery)
      if (chain === null || order.contractOrderId === null || session.state !== 'signedIn')
        throw new AppError('not_deployed', 'no contract, or no session')
      const { connectTo, checkOrder, actionCall, signAndSubmit } = await import('@/chain')
      await checkOrder(await connectTo(chain), { ...order, contractOrderId: order.contractOrderId })
      await signAndSubmit({
        chain,
        address: session.account.address,
        walletId: session.walletId,
        call: answer.call,
        expected: actionCall(toContractAction(action), order.contractOrderId),
        onProgress: setProgress,
      })
    },
    onError: () => setProgress(undefined),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['orders', order.id] }),
  })
  return { ...mutation, progress }
}

export type OrderActionState = ReturnType<typeof useOrderAction>
