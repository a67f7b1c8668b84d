/** A check by the browser, before anything is signed, that a payment in DOT would succeed. */
import { queryOptions } from '@tanstack/react-query'
import { AppError } from '@/api/problem'
import type { Config } from '@/app/config'
import type { TermsOnContract } from '@/chain/escrow'
import type { Order } from '@/features/orders/queries'

export interface Preflight {
  terms: TermsOnContract
  /** All in planck: what the account can spend, and what the payment costs or must remain. */
  spendable: bigint
  amount: bigint
  depositPlanck: bigint
  feePlanck: bigint
  existentialDeposit: bigint
  /** The missing amount, zero where the balance is enough. */
  missing: bigint
}

const REFETCH_INTERVAL_MS = 15_000

export const preflightQuery = (order: Order, config: Config | undefined, address: string) =>
  queryOptions({
    queryKey: ['orders', order.id, 'preflight', address],
    queryFn: () => preflight(order, config, address),
    enabled: config !== undefined && order.contractOrderId !== null,
    refetchInterval: REFETCH_INTERVAL_MS,
    retry: false,
    gcTime: 0,
  })

async function preflight(order: Order, config: Config | undefined, address: string): Promise<Preflight> {
  const { checkOrder, checkTerms, connectTo, fundOrderCall, tryCall } = await import('@/chain')
  const { contractOrderId, amountPlanck } = order
  if (!config?.chain || contractOrderId === null || amountPlanck === null)
    throw new AppError('not_deployed', 'nothing to pay into')
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
  const costs = await tryCall(node, address, fundOrderCall(contractOrderId, amount))
  const short = amount + costs.depositPlanck + costs.feePlanck + existentialDeposit - spendable
  return { terms, spendable, amount, ...costs, existentialDeposit, missing: short > 0n ? short : 0n }
}
