/** The escrow contract, read by the browser itself, and calls to it, encoded by the browser itself. */
import type { Hex } from 'viem'
import { decodeErrorResult, decodeFunctionResult, encodeFunctionData } from 'viem/utils'
import type { Schemas } from '@/api/client'
import { Refusal } from '@/api/problem'
import { WEI_PER_PLANCK } from '@/money/money'
import { escrowAbi } from './escrowAbi'
import { answered, bytesOf, NOBODY, type Node } from './node'

export type PreparedCall = Schemas['PreparedCall']

/** A call to the contract as the buyer or the seller means it; `value` is in planck. */
export interface WantedCall {
  data: Hex
  value: bigint
}

const REVERTED = 1

/** Status numbers of the contract, as `contracts/README.md` lists them. */
export const CREATED = 1
/** Payment modes of the contract. */
export const PAID_IN_DOT = 0

export interface OrderOnContract {
  buyer: string
  seller: string
  /** In wei: 10^18 to a DOT. */
  amount: bigint
  terms_id: bigint
  payment_mode: number
  status: number
  deadline: bigint
}

export interface TermsOnContract {
  treasury: string
  arbiter: string
  fee_bps: bigint
  default_seller_bps: bigint
  fund_window_s: bigint
  ship_window_s: bigint
  inspection_window_s: bigint
  dispute_window_s: bigint
}

export function payInDot(contractOrderId: number, amountPlanck: bigint): WantedCall {
  return {
    data: encodeFunctionData({
      abi: escrowAbi,
      functionName: 'fund_order_dot',
      args: [BigInt(contractOrderId)],
    }),
    value: amountPlanck,
  }
}

/** What is done to an order, with what goes along: a CID's digest, the seller's share, how long an offer is good. */
export type Move =
  | { action: 'ship' | 'dispute' | 'add_evidence'; digest: Hex }
  | { action: 'confirm' | 'refund' | 'cancel' | 'withdraw' }
  | { action: 'accept' | 'resolve'; sellerBps: number }
  | { action: 'propose'; sellerBps: number; validForS: number }

/** No new orders and payments from then on, or again; every way out stays open. */
export function pauseCall(paused: boolean): WantedCall {
  const functionName = paused ? 'pause' : 'unpause'
  return { data: encodeFunctionData({ abi: escrowAbi, functionName }), value: 0n }
}

export async function readPaused(node: Node): Promise<boolean> {
  const data = await read(node, encodeFunctionData({ abi: escrowAbi, functionName: 'paused' }))
  return decodeFunctionResult({ abi: escrowAbi, functionName: 'paused', data })
}

export function callFor(move: Move, contractOrderId: number): WantedCall {
  return { data: encoded(move, BigInt(contractOrderId)), value: 0n }
}

function encoded(move: Move, order: bigint): Hex {
  const abi = escrowAbi
  switch (move.action) {
    case 'ship':
      return encodeFunctionData({ abi, functionName: 'mark_shipped', args: [order, move.digest] })
    case 'dispute':
      return encodeFunctionData({ abi, functionName: 'raise_dispute', args: [order, move.digest] })
    case 'add_evidence':
      return encodeFunctionData({ abi, functionName: 'add_evidence', args: [order, move.digest] })
    case 'confirm':
      return encodeFunctionData({ abi, functionName: 'confirm_delivery', args: [order] })
    case 'refund':
      return encodeFunctionData({ abi, functionName: 'refund', args: [order] })
    case 'cancel':
      return encodeFunctionData({ abi, functionName: 'cancel_order', args: [order] })
    case 'withdraw':
      return encodeFunctionData({ abi, functionName: 'withdraw_settlement', args: [order] })
    case 'accept':
      return encodeFunctionData({
        abi,
        functionName: 'accept_settlement',
        args: [order, BigInt(move.sellerBps)],
      })
    case 'resolve':
      return encodeFunctionData({
        abi,
        functionName: 'resolve_dispute',
        args: [order, BigInt(move.sellerBps)],
      })
    case 'propose':
      return encodeFunctionData({
        abi,
        functionName: 'propose_settlement',
        args: [order, BigInt(move.sellerBps), BigInt(move.validForS)],
      })
  }
}

/** Nobody signs what the shop has put together before it is the call that they mean. Throws `call_differs`. */
export function checkIsWanted(prepared: PreparedCall, wanted: WantedCall, contractAddress: string): void {
  const isWanted =
    prepared.dest.toLowerCase() === contractAddress.toLowerCase() &&
    prepared.data.toLowerCase() === wanted.data.toLowerCase() &&
    BigInt(prepared.valuePlanck) === wanted.value
  if (!isWanted)
    throw new Refusal('call_differs', `the shop prepared ${prepared.function} otherwise than was asked`)
}

export async function readOrder(node: Node, contractOrderId: number): Promise<OrderOnContract> {
  const view = { abi: escrowAbi, functionName: 'order', args: [BigInt(contractOrderId)] } as const
  const data = await read(node, encodeFunctionData(view))
  return decodeFunctionResult({ abi: escrowAbi, functionName: 'order', data })
}

export async function readTerms(node: Node, termsId: bigint): Promise<TermsOnContract> {
  const view = { abi: escrowAbi, functionName: 'terms', args: [termsId] } as const
  const data = await read(node, encodeFunctionData(view))
  return decodeFunctionResult({ abi: escrowAbi, functionName: 'terms', data })
}

/** What the contract calls this account. */
export async function evmAddressOf(node: Node, address: string): Promise<string> {
  return answered(node.runtime.apis.ReviveApi.address(address))
}

/** What a call would take: a deposit and a fee, in planck. */
export interface CallCost {
  depositPlanck: bigint
  feePlanck: bigint
}

/** Try the call as `caller` on the newest final block. Throws the contract's reason as a code. */
export async function tryCall(node: Node, caller: string, wanted: WantedCall): Promise<CallCost> {
  const { apis } = node.runtime
  const dest = node.contractAddress
  const run = await answered(
    apis.ReviveApi.call(caller, dest, wanted.value, undefined, undefined, bytesOf(wanted.data)),
  )
  if (!run.result.success) throw new Refusal('call_not_possible', text(run.result.value))
  if ((run.result.value.flags & REVERTED) !== 0) throw revert(hexOf(run.result.value.data))
  const depositPlanck = run.storage_deposit.type === 'Charge' ? run.storage_deposit.value : 0n
  const transaction = node.runtime.tx.Revive.call({
    dest,
    value: wanted.value,
    weight_limit: run.weight_required,
    storage_deposit_limit: depositPlanck,
    data: bytesOf(wanted.data),
  })
  return { depositPlanck, feePlanck: await answered(transaction.getEstimatedFees(caller)) }
}

/** What the contract owes and has, in planck, all at one final block. */
export async function readBooks(
  node: Node,
): Promise<{ block: number; held: bigint; credits: bigint; balance: bigint }> {
  const block = await answered(node.client.getFinalizedBlock())
  const at = { at: block.hash }
  const view = { abi: escrowAbi, functionName: 'totals', args: [] } as const
  const [data, parts] = await Promise.all([
    read(node, encodeFunctionData(view), at),
    answered(node.runtime.apis.ReviveApi.balance(node.contractAddress, at)),
  ])
  const [held, credits] = decodeFunctionResult({ abi: escrowAbi, functionName: 'totals', data })
  const balance = parts.reduceRight((sum, part) => (sum << 64n) + part, 0n)
  const inPlanck = (wei: bigint) => wei / WEI_PER_PLANCK
  return {
    block: block.number,
    held: inPlanck(held),
    credits: inPlanck(credits),
    balance: inPlanck(balance),
  }
}

async function read(node: Node, asked: Hex, at: { at: string } = { at: 'finalized' }): Promise<Hex> {
  const { apis } = node.runtime
  const run = await answered(
    apis.ReviveApi.call(NOBODY, node.contractAddress, 0n, undefined, undefined, bytesOf(asked), at),
  )
  if (!run.result.success) throw new Refusal('contract_missing', text(run.result.value))
  const data = hexOf(run.result.value.data)
  if (data === '0x') throw new Refusal('contract_missing', `nothing answers at ${node.contractAddress}`)
  return data
}

/** `escrow: time to pay is over` becomes `escrow_time_to_pay_is_over`, as the API names it too. */
function revert(data: Hex): Refusal {
  const reason = data === '0x' ? '' : String(decodeErrorResult({ abi: [], data }).args?.[0] ?? '')
  if (!reason.startsWith('escrow: ')) return new Refusal('contract_reverted', reason)
  return new Refusal(
    `escrow_${reason
      .slice(8)
      .toLowerCase()
      .split(/[^\p{L}\p{N}]+/u)
      .filter(Boolean)
      .join('_')}`,
    reason,
  )
}

function hexOf(data: Uint8Array | string): Hex {
  if (typeof data === 'string') return data as Hex
  return `0x${Array.from(data, byte => byte.toString(16).padStart(2, '0')).join('')}`
}

function text(value: unknown): string {
  return JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? part.toString() : part))
}
