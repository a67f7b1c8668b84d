import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { answerOf, api } from '@/api/client'
import { Refusal } from '@/api/problem'
import { configQuery } from '@/app/config'
import type { Progress } from '@/chain/transaction'
import { useSession } from '@/session/session'
import { moveFor, requestFor, type WantedMove } from './actions'
import type { Order } from './queries'

export type MoveProgress = Progress | { step: 'passedOn' }

/**
 * Make a move of one's own, by one's own signature, or passed on by the shop where the order was paid by M-Pesa.
 * What is signed was checked against the contract before: that it is this order, and this call.
 */
export function useMove(order: Order) {
  const queries = useQueryClient()
  const session = useSession()
  const [progress, setProgress] = useState<MoveProgress>()
  const move = useMutation({
    mutationFn: async (wanted: WantedMove) => {
      setProgress(undefined)
      const answer = await answerOf(
        api.PUT('/api/v1/orders/{order_id}', {
          params: { path: { order_id: order.id } },
          body: requestFor(wanted, order),
        }),
      )
      if (answer.call === null) {
        setProgress({ step: 'passedOn' })
        return
      }
      const { chain } = await queries.ensureQueryData(configQuery)
      if (chain === null || order.contractOrderId === null || session.state !== 'signedIn')
        throw new Refusal('not_deployed', 'no contract, or no session')
      const { connectTo, checkOrder, callFor, signAndFollow } = await import('@/chain')
      await checkOrder(await connectTo(chain), { ...order, contractOrderId: order.contractOrderId })
      await signAndFollow({
        chain,
        address: session.account.address,
        walletId: session.walletId,
        call: answer.call,
        wanted: callFor(moveFor(wanted), order.contractOrderId),
        onProgress: setProgress,
      })
    },
    onError: () => setProgress(undefined),
    onSettled: () => queries.invalidateQueries({ queryKey: ['orders', order.id] }),
  })
  return { ...move, progress }
}

export type MoveState = ReturnType<typeof useMove>
