/** An order as the shop shows it, held against the contract by the browser itself. */
import { Refusal } from '@/api/problem'
import type { Terms } from '@/app/config'
import { planckFromWei } from '@/money/money'
import { evmAddressOf, type OrderOnContract, readOrder, readTerms, type TermsOnContract } from './escrow'
import type { Node } from './node'

/** What the shop says of an order; amounts are in planck, and null where it is paid by M-Pesa. */
export interface ToldOrder {
  contractOrderId: number
  buyerAddress: string
  sellerAddress: string
  amountPlanck: string | null
  feePlanck: string | null
}

const WHOLE_BPS = 10_000n

/** Throws `order_differs` where the contract's order is of other people, another amount or another fee. */
export async function checkOrder(
  node: Node,
  told: ToldOrder,
): Promise<{ order: OrderOnContract; terms: TermsOnContract }> {
  const [order, buyer, seller] = await Promise.all([
    readOrder(node, told.contractOrderId),
    evmAddressOf(node, told.buyerAddress),
    evmAddressOf(node, told.sellerAddress),
  ])
  const terms = await readTerms(node, order.terms_id)
  differs('the buyer', order.buyer.toLowerCase(), buyer.toLowerCase())
  differs('the seller', order.seller.toLowerCase(), seller.toLowerCase())
  if (told.amountPlanck !== null) {
    const amount = BigInt(told.amountPlanck)
    differs('the amount', planckFromWei(order.amount), amount)
    differs('the fee', (amount * terms.fee_bps) / WHOLE_BPS, BigInt(told.feePlanck ?? '0'))
  }
  return { order, terms }
}

/** Throws `order_differs` where the shop shows other terms than the contract will hold the order to. */
export function checkTerms(termsId: bigint, terms: TermsOnContract, told: Terms | null): void {
  if (told === null || BigInt(told.termsId) !== termsId) return // the shop's terms for later orders are not this one's
  differs('the fee', terms.fee_bps, BigInt(told.feeBps))
  differs('the arbiter', terms.arbiter.toLowerCase(), told.arbiterAddress.toLowerCase())
  differs('the time to pay', terms.fund_window_s, BigInt(told.fundWindowS))
  differs('the time to ship', terms.ship_window_s, BigInt(told.shipWindowS))
  differs('the time to inspect', terms.inspection_window_s, BigInt(told.inspectionWindowS))
  differs('the time to decide', terms.dispute_window_s, BigInt(told.disputeWindowS))
  differs('the outcome without a decision', terms.default_seller_bps, BigInt(told.defaultSellerBps))
}

function differs(what: string, here: bigint | string | undefined, there: bigint | string): void {
  if (here !== there)
    throw new Refusal('order_differs', `${what}: the contract has ${here}, the shop tells ${there}`)
}
