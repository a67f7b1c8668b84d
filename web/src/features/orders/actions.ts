/** What a party does to an order by a call of its own, as the API asks for it and as the contract is called. */
import type { Schemas } from '@/api/client'
import { digestOfCid, NO_DIGEST } from '@/chain/cids'
import type { Move } from '@/chain/escrow'
import { WHOLE_BPS } from './order'
import type { Order } from './queries'

export type Act = Schemas['OrderUpdateRequest']['action']

/** `cid` names what goes along: the tracking of a parcel, a piece of evidence. */
export type WantedMove =
  | { action: 'ship' | 'dispute'; cid: string | undefined }
  | { action: 'add_evidence'; cid: string }
  | { action: 'confirm' | 'refund' | 'cancel' | 'withdraw' }
  | { action: 'accept' | 'resolve'; buyerBps: number }
  | { action: 'propose'; buyerBps: number; validForS: number }

/** Whether the shop passes the act on, so that nobody signs: for who has no coin to pay a fee with. */
export function isRelayed(order: Order, act: Act): boolean {
  return order.paymentMode === 'mpesa' && RELAYED.has(act)
}

const RELAYED = new Set<Act>(['ship', 'confirm', 'dispute', 'cancel'])

export function requestFor(wanted: WantedMove, order: Order): Schemas['OrderUpdateRequest'] {
  const { action } = wanted
  const asked = { action, relay: isRelayed(order, action), validForS: DEFAULT_VALID_FOR_S }
  switch (action) {
    case 'ship':
      return { ...asked, trackingCid: wanted.cid ?? null }
    case 'dispute':
    case 'add_evidence':
      return { ...asked, evidenceCid: wanted.cid ?? null }
    case 'accept':
    case 'resolve':
      return { ...asked, buyerBps: wanted.buyerBps }
    case 'propose':
      return { ...asked, buyerBps: wanted.buyerBps, validForS: wanted.validForS }
    default:
      return asked
  }
}

export const DEFAULT_VALID_FOR_S = 3 * 86_400

export function moveFor(wanted: WantedMove): Move {
  switch (wanted.action) {
    case 'ship':
    case 'dispute':
    case 'add_evidence':
      return {
        action: wanted.action,
        digest: wanted.cid === undefined ? NO_DIGEST : digestOfCid(wanted.cid),
      }
    case 'accept':
    case 'resolve':
      return { action: wanted.action, sellerBps: WHOLE_BPS - wanted.buyerBps }
    case 'propose':
      return { action: 'propose', sellerBps: WHOLE_BPS - wanted.buyerBps, validForS: wanted.validForS }
    default:
      return { action: wanted.action }
  }
}
