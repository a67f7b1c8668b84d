/** Actions of a party on an order, as the API takes them and as the contract takes them. */
import type { Schemas } from '@/api/client'
import { digestOfCid, NO_DIGEST } from '@/chain/cids'
import type { ContractAction } from '@/chain/escrow'
import { paymentMethodOf } from '@/payments/registry'
import { WHOLE_BPS } from './order'
import type { Order } from './queries'

export type OrderActionName = Schemas['OrderUpdateRequest']['action']

/** `cid` names the file that belongs to the action: tracking details, or a piece of evidence. */
export type OrderAction =
  | { name: 'ship' | 'dispute'; cid: string | undefined }
  | { name: 'add_evidence'; cid: string }
  | { name: 'extend_transit' | 'confirm_receipt' | 'confirm' | 'refund' | 'cancel' | 'withdraw' }
  | { name: 'accept' | 'resolve'; buyerBps: number }
  | { name: 'propose'; buyerBps: number; validForS: number }

const DEFAULT_VALID_FOR_S = 3 * 86_400

export function toRequest(action: OrderAction, order: Order): Schemas['OrderUpdateRequest'] {
  const request = {
    action: action.name,
    relay: paymentMethodOf(order).isRelayed(action.name),
    validForS: DEFAULT_VALID_FOR_S,
  }
  switch (action.name) {
    case 'ship':
      return { ...request, trackingCid: action.cid ?? null }
    case 'dispute':
    case 'add_evidence':
      return { ...request, evidenceCid: action.cid ?? null }
    case 'accept':
    case 'resolve':
      return { ...request, buyerBps: action.buyerBps }
    case 'propose':
      return { ...request, buyerBps: action.buyerBps, validForS: action.validForS }
    case 'extend_transit':
    case 'confirm_receipt':
    case 'confirm':
    case 'refund':
    case 'cancel':
    case 'withdraw':
      return request
  }
}

/** Translate the buyer's share of the API into the seller's share of the contract, and a CID into its digest. */
export function toContractAction(action: OrderAction): ContractAction {
  switch (action.name) {
    case 'ship':
    case 'dispute':
    case 'add_evidence':
      return {
        name: action.name,
        digest: action.cid === undefined ? NO_DIGEST : digestOfCid(action.cid),
      }
    case 'accept':
    case 'resolve':
      return { name: action.name, sellerBps: WHOLE_BPS - action.buyerBps }
    case 'propose':
      return { name: 'propose', sellerBps: WHOLE_BPS - action.buyerBps, validForS: action.validForS }
    case 'extend_transit':
    case 'confirm_receipt':
    case 'confirm':
    case 'refund':
    case 'cancel':
    case 'withdraw':
      return { name: action.name }
  }
}
