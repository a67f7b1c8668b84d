/** Compares an order as the shop displays it with the contract. */
import { AppError } from '@/api/problem'
import type { Terms } from '@/app/config'
import { planckFromWei } from '@/money/money'
import { evmAddressOf, type OrderOnContract, readOrder, readTerms, type TermsOnContract } from './escrow'
import type { Node } from './node'

/** An order as the shop displays it; amounts are in planck, and null where it is not paid in DOT. */
export interface DisplayedOrder {
  contractOrderId: number
  buyerAddress: string
  sellerAddress: string
  amountPlanck: string | null
  feePlanck: string | null
}

const WHOLE_BPS = 10_000n

/** Compare parties, amount and fee with the contract's. Throws `order_differs` where they differ. */
export async function checkOrder(
  node: Node,
  displayed: DisplayedOrder,
): Promise<{ order: OrderOnContract; terms: TermsOnContract }> {
  const [order, buyer, seller] = await Promise.all([
    readOrder(node, displayed.contractOrderId),
    evmAddressOf(node, displayed.buyerAddress),
    evmAddressOf(node, displayed.sellerAddress),
  ])
  const terms = await readTerms(node, order.terms_id)
  assertEqual('the buyer', order.buyer.toLowerCase(), buyer.toLowerCase())
  assertEqual('the seller', order.seller.toLowerCase(), seller.toLowerCase())
  if (displayed.amountPlanck !== null) {
    const amount = BigInt(displayed.amountPlanck)
    assertEqual('the amount', planckFromWei(order.amount), amount)
    assertEqual('the fee', (amount * terms.fee_bps) / WHOLE_BPS, BigInt(displayed.feePlanck ?? '0'))
  }
  return { order, terms }
}

/** Compare the displayed terms with the contract's. Throws `order_differs` where they differ. */
export function checkTerms(termsId: bigint, terms: TermsOnContract, displayed: Terms | null): void {
  if (displayed === null || BigInt(displayed.termsId) !== termsId) return // later orders may have other terms
  assertEqual('the fee', terms.fee_bps, BigInt(displayed.feeBps))
  assertEqual('the arbiter', terms.arbiter.toLowerCase(), displayed.arbiterAddress.toLowerCase())
  assertEqual('the time to pay', terms.fund_window_s, BigInt(displayed.fundWindowS))
  assertEqual('the time to ship', terms.ship_window_s, BigInt(displayed.shipWindowS))
  assertEqual('the time in transit', terms.transit_window_s, BigInt(displayed.transitWindowS))
  assertEqual('the time to inspect', terms.inspection_window_s, BigInt(displayed.inspectionWindowS))
  assertEqual('the time to decide', terms.dispute_window_s, BigInt(displayed.disputeWindowS))
  assertEqual('the outcome without a decision', terms.default_seller_bps, BigInt(displayed.defaultSellerBps))
}

function assertEqual(what: string, here: bigint | string | undefined, there: bigint | string): void {
  if (here !== there)
    throw new AppError('order_differs', `${what}: the contract has ${here}, the shop shows ${there}`)
}
