/** The escrow contract: the browser reads it and encodes calls to it without the shop's help. */
import type { Hex } from 'viem'
import { decodeErrorResult, decodeFunctionResult, encodeFunctionData } from 'viem/utils'
import type { Schemas } from '@/api/client'
import { AppError } from '@/api/problem'
import { WEI_PER_PLANCK } from '@/money/money'
import { escrowAbi } from './escrowAbi'
import { bytesOf, EMPTY_ACCOUNT, type Node, withTimeout } from './node'

export type PreparedCall = Schemas['PreparedCall']

/** A call to the contract, encoded by the browser; `value` is in planck. */
export interface ContractCall {
  data: Hex
  value: bigint
}

const REVERTED = 1

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
  transit_window_s: bigint
  inspection_window_s: bigint
  dispute_window_s: bigint
}

export function fundOrderCall(contractOrderId: number, amountPlanck: bigint): ContractCall {
  return {
    data: encodeFunctionData({
      abi: escrowAbi,
      functionName: 'fund_order_dot',
      args: [BigInt(contractOrderId)],
    }),
    value: amountPlanck,
  }
}

/** An action on an order with its arguments: a CID's digest, the seller's share, how long an offer is valid. */
export type ContractAction =
  | { name: 'ship' | 'dispute' | 'add_evidence'; digest: Hex }
  | { name: 'extend_transit' | 'confirm_receipt' | 'confirm' | 'refund' | 'cancel' | 'withdraw' }
  | { name: 'accept' | 'resolve'; sellerBps: number }
  | { name: 'propose'; sellerBps: number; validForS: number }

/** Return the call that pays the caller's credit to the caller's account. */
export function withdrawCall(): ContractCall {
  return { data: encodeFunctionData({ abi: escrowAbi, functionName: 'withdraw' }), value: 0n }
}

/** Return the call that pauses or resumes new orders and payments. Refunds and withdrawals stay open. */
export function pauseCall(paused: boolean): ContractCall {
  const functionName = paused ? 'pause' : 'unpause'
  return { data: encodeFunctionData({ abi: escrowAbi, functionName }), value: 0n }
}

export async function readPaused(node: Node): Promise<boolean> {
  const data = await read(node, encodeFunctionData({ abi: escrowAbi, functionName: 'paused' }))
  return decodeFunctionResult({ abi: escrowAbi, functionName: 'paused', data })
}

export function actionCall(action: ContractAction, contractOrderId: number): ContractCall {
  return { data: encodeAction(action, BigInt(contractOrderId)), value: 0n }
}

function encodeAction(action: ContractAction, order: bigint): Hex {
  const abi = escrowAbi
  switch (action.name) {
    case 'ship':
      return encodeFunctionData({ abi, functionName: 'mark_shipped', args: [order, action.digest] })
    case 'dispute':
      return encodeFunctionData({ abi, functionName: 'raise_dispute', args: [order, action.digest] })
    case 'add_evidence':
      return encodeFunctionData({ abi, functionName: 'add_evidence', args: [order, action.digest] })
    case 'extend_transit':
      return encodeFunctionData({ abi, functionName: 'extend_transit', args: [order] })
    case 'confirm_receipt':
      return encodeFunctionData({ abi, functionName: 'confirm_receipt', args: [order] })
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
        args: [order, BigInt(action.sellerBps)],
      })
    case 'resolve':
      return encodeFunctionData({
        abi,
        functionName: 'resolve_dispute',
        args: [order, BigInt(action.sellerBps)],
      })
    case 'propose':
      return encodeFunctionData({
        abi,
        functionName: 'propose_settlement',
        args: [order, BigInt(action.sellerBps), BigInt(action.validForS)],
      })
  }
}

/** Check that the call prepared by the shop is the call that the user asked for. Throws `call_differs`. */
export function assertSameCall(
  prepared: PreparedCall,
  expected: ContractCall,
  contractAddress: string,
): void {
  const isSame =
    prepared.dest.toLowerCase() === contractAddress.toLowerCase() &&
    prepared.data.toLowerCase() === expected.data.toLowerCase() &&
    BigInt(prepared.valuePlanck) === expected.value
  if (!isSame) throw new AppError('call_differs', `the shop prepared another call than ${prepared.function}`)
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

/** Return the address that the contract knows an account by. */
export async function evmAddressOf(node: Node, address: string): Promise<string> {
  return withTimeout(node.runtime.apis.ReviveApi.address(address))
}

/** The cost of a call: a deposit and a fee, in planck. */
export interface CallCost {
  depositPlanck: bigint
  feePlanck: bigint
}

/** Dry-run a call as `caller` on the newest finalized block. Throws the contract's reason as a code. */
export async function tryCall(node: Node, caller: string, expected: ContractCall): Promise<CallCost> {
  const { apis } = node.runtime
  const dest = node.contractAddress
  const run = await withTimeout(
    apis.ReviveApi.call(caller, dest, expected.value, undefined, undefined, bytesOf(expected.data)),
  )
  if (!run.result.success) throw new AppError('call_not_possible', toText(run.result.value))
  if ((run.result.value.flags & REVERTED) !== 0) throw toRevertError(hexOf(run.result.value.data))
  const depositPlanck = run.storage_deposit.type === 'Charge' ? run.storage_deposit.value : 0n
  const transaction = node.runtime.tx.Revive.call({
    dest,
    value: expected.value,
    weight_limit: run.weight_required,
    storage_deposit_limit: depositPlanck,
    data: bytesOf(expected.data),
  })
  return { depositPlanck, feePlanck: await withTimeout(transaction.getEstimatedFees(caller)) }
}

/** Read what the contract owes and what it has, in planck, all at one finalized block. */
export async function readReserves(
  node: Node,
): Promise<{ block: number; held: bigint; credits: bigint; balance: bigint }> {
  const block = await withTimeout(node.client.getFinalizedBlock())
  const at = { at: block.hash }
  const view = { abi: escrowAbi, functionName: 'totals', args: [] } as const
  const [data, balanceWords] = await Promise.all([
    read(node, encodeFunctionData(view), at),
    withTimeout(node.runtime.apis.ReviveApi.balance(node.contractAddress, at)),
  ])
  const [held, credits] = decodeFunctionResult({ abi: escrowAbi, functionName: 'totals', data })
  const balance = balanceWords.reduceRight((sum, word) => (sum << 64n) + word, 0n)
  const inPlanck = (wei: bigint) => wei / WEI_PER_PLANCK
  return {
    block: block.number,
    held: inPlanck(held),
    credits: inPlanck(credits),
    balance: inPlanck(balance),
  }
}

async function read(node: Node, call: Hex, at: { at: string } = { at: 'finalized' }): Promise<Hex> {
  const { apis } = node.runtime
  const run = await withTimeout(
    apis.ReviveApi.call(EMPTY_ACCOUNT, node.contractAddress, 0n, undefined, undefined, bytesOf(call), at),
  )
  if (!run.result.success) throw new AppError('contract_missing', toText(run.result.value))
  const data = hexOf(run.result.value.data)
  if (data === '0x') throw new AppError('contract_missing', `no contract at ${node.contractAddress}`)
  return data
}

/** Turn the contract's reason into a code of the API: `escrow: time to pay is over` → `escrow_time_to_pay_is_over`. */
function toRevertError(data: Hex): AppError {
  const reason = data === '0x' ? '' : String(decodeErrorResult({ abi: [], data }).args?.[0] ?? '')
  if (!reason.startsWith('escrow: ')) return new AppError('contract_reverted', reason)
  return new AppError(
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

function toText(value: unknown): string {
  return JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? part.toString() : part))
}
