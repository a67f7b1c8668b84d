/** Whether a payment in DOT would go through, seen by the browser itself before anything is signed. */
import { queryOptions } from '@tanstack/react-query'
import { Refusal } from '@/api/problem'
import type { Config } from '@/app/config'
import type { TermsOnContract } from '@/chain/escrow'
import type { Order } from '@/features/orders/queries'

export interface Preflight {
  terms: TermsOnContract
  /** Planck each: what the account can spend, and what paying takes of it or must stay in it. */
  spendable: bigint
  amount: bigint
  depositPlanck: bigint
  feePlanck: bigint
  existentialDeposit: bigint
  /** How much is missing; zero where nothing is. */
  missing: bigint
}

const LOOK_AGAIN_MS = 15_000

export const preflightQuery = (order: Order, config: Config | undefined, address: string) =>
  queryOptions({
    queryKey: ['orders', order.id, 'preflight', address],
    queryFn: () => preflight(order, config, address),
    enabled: config !== undefined && order.contractOrderId !== null,
    refetchInterval: LOOK_AGAIN_MS,
    retry: false,
    gcTime: 0,
  })

async function preflight(order: Order, config: Config | undefined, address: string): Promise<Preflight> {
  const { checkOrder, checkTerms, connectTo, payInDot, tryCall } = await import('@/chain')
  const { contractOrderId, amountPlanck } = order
  if (!config?.chain || contractOrderId === null || amountPlanck === null)
    throw new Refusal('not_deployed', 'nothing to pay into')
  const node = await connectTo(config.chain)
  const { order: onChain, terms } = await checkOrder(node, { ...order, contractOrderId })
  checkTerms(onChain.terms_id, terms, config.terms)

  const amount = BigInt(amountPlanck)
  const [account, existentialDeposit] = await Promise.all([
    node.runtime.query.System.Account.getValue(address),
    node.runtime.constants.Balances.ExistentialDeposit(),
  ])
  const spendable = account.data.free - account.data.frozen
  const shortOfAmount = amount + existentialDeposit - spendable
  if (shortOfAmount > 0n) {
    const costs = { depositPlanck: 0n, feePlanck: 0n }
    return { terms, spendable, amount, ...costs, existentialDeposit, missing: shortOfAmount }
  }
  const costs = await tryCall(node, address, payInDot(contractOrderId, amount))
  const short = amount + costs.depositPlanck + costs.feePlanck + existentialDeposit - spendable
  return { terms, spendable, amount, ...costs, existentialDeposit, missing: short > 0n ? short : 0n }
}
