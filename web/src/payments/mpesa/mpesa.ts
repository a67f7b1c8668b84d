/** Payment by M-Pesa: the buyer confirms a prompt on the phone, and the shop holds the money. */
import { lazy } from 'react'
import { PhoneIcon } from '@/app/icons'
import type { OrderActionName } from '@/features/orders/actions'
import { kesCents } from '@/money/money'
import type { PaymentMethod } from '../PaymentMethod'
import { PayByMpesa } from './PayByMpesa'
import { PayerPhone } from './PayerPhone'
import { Payouts } from './Payouts'
import { PHONE_NOT_VALID } from './PhoneField'
import { SellerPhone } from './SellerPhone'

/** A buyer without DOT cannot pay the fee of a transaction, so the shop sends these. */
const RELAYED_ACTIONS = new Set<OrderActionName>([
  'ship',
  'extend_transit',
  'confirm_receipt',
  'confirm',
  'dispute',
  'cancel',
])

export const mpesa: PaymentMethod = {
  mode: 'mpesa',
  unit: 'kesCents',
  Icon: PhoneIcon,
  label: t => t('payments.mpesa.label'),
  amountOf: order => kesCents(order.amountKesCents ?? '0'),
  feeOf: order => kesCents(order.feeKesCents ?? '0'),

  isEnabled: config => config.mpesaOffered,
  isAccepted: product => product.takesMpesa,
  checkoutNote: (t, isAccepted) =>
    isAccepted ? t('payments.mpesa.checkoutNote') : t('payments.mpesa.unavailable'),
  totalNote: t => t('payments.mpesa.totalNote'),
  CheckoutFields: PayerPhone,
  fieldErrorCodes: [PHONE_NOT_VALID],

  custodian: t => t('payments.mpesa.custodian'),
  eventSentence: (t, event) => (event === 'OffchainPaymentRecorded' ? t('payments.mpesa.funded') : undefined),
  isRelayed: action => RELAYED_ACTIONS.has(action),
  PayPanel: PayByMpesa,
  PayoutPanel: Payouts,

  SellerSettings: SellerPhone,
  AdminPanel: lazy(async () => ({ default: (await import('./MpesaAdmin')).MpesaAdmin })),
}
