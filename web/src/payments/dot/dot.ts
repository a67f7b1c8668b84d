/** Payment in DOT: the buyer's wallet pays into the escrow contract. */
import { WalletIcon } from '@/app/icons'
import { planck } from '@/money/money'
import type { PaymentMethod } from '../PaymentMethod'
import { PayInDot } from './PayInDot'

export const dot: PaymentMethod = {
  mode: 'dot',
  unit: 'planck',
  Icon: WalletIcon,
  label: t => t('payments.dot.label'),
  amountOf: order => planck(order.amountPlanck ?? '0'),
  feeOf: order => planck(order.feePlanck ?? '0'),

  isEnabled: () => true,
  isAccepted: () => true,
  checkoutNote: t => t('payments.dot.checkoutNote'),
  totalNote: t => t('payments.dot.totalNote'),
  CheckoutFields: undefined,
  fieldErrorCodes: [],

  custodian: t => t('payments.dot.custodian'),
  eventSentence: (t, event) => (event === 'OrderFunded' ? t('payments.dot.funded') : undefined),
  isRelayed: () => false,
  PayPanel: PayInDot,
  PayoutPanel: undefined,

  SellerSettings: undefined,
  AdminPanel: undefined,
}
