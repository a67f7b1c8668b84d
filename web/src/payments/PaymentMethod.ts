/** The protocol of a payment method: everything that the screens need to know about one. */
import type { TFunction } from 'i18next'
import type { ComponentType } from 'react'
import type { Schemas } from '@/api/client'
import type { Config } from '@/app/config'
import type { OrderActionName } from '@/features/orders/actions'
import type { Order } from '@/features/orders/queries'
import type { Product } from '@/features/shop/queries'
import type { Money, Unit } from '@/money/money'
import type { Account } from '@/session/session'

/** The name of a payment method, as the API's `paymentMode`. The set is open: a shop may add methods. */
export type PaymentMode = Schemas['OrderView']['paymentMode']
export type Translate = TFunction<'app'>

/** Fields of the order request that a method asks for at checkout. */
export type CheckoutDetails = Pick<Schemas['CreateOrderRequest'], 'phoneNumber'>

export interface CheckoutFieldsProps {
  details: CheckoutDetails
  onChange(details: CheckoutDetails): void
  /** The error of the last attempt, to be shown at the field that it is about. */
  error: unknown
}

export interface PayPanelProps {
  order: Order
  account: Account
}

export interface PaymentMethod {
  readonly mode: PaymentMode
  /** The unit that orders by this method are counted in. */
  readonly unit: Unit
  readonly Icon: ComponentType
  label(t: Translate): string
  amountOf(order: Pick<Order, 'amountPlanck' | 'amountKesCents'>): Money
  feeOf(order: Pick<Order, 'feePlanck' | 'feeKesCents'>): Money

  /** Return true where the shop has set this method up. */
  isEnabled(config: Config): boolean
  /** Return true where the seller of a product accepts this method. */
  isAccepted(product: Product): boolean
  /** One line on how to pay by this method, or why a seller does not accept it. */
  checkoutNote(t: Translate, isAccepted: boolean): string
  /** One line on what is added to the price. */
  totalNote(t: Translate): string
  /** The fields that this method adds to the checkout form. */
  readonly CheckoutFields: ComponentType<CheckoutFieldsProps> | undefined
  /** Codes of errors that `CheckoutFields` shows itself. */
  readonly fieldErrorCodes: readonly string[]

  /** The name of whoever holds the money in escrow. */
  custodian(t: Translate): string
  /** Return the timeline's sentence for an event of the contract that this method words in its own way. */
  eventSentence(t: Translate, event: string): string | undefined
  /** Return true for an action that the shop sends to the contract, so that the party signs nothing. */
  isRelayed(action: OrderActionName): boolean
  /** The panel by which the buyer pays an order. */
  readonly PayPanel: ComponentType<PayPanelProps>
  /** The payouts of an order, for a method that pays out off the chain. */
  readonly PayoutPanel: ComponentType<{ order: Order }> | undefined

  /** The seller's settings for this method. */
  readonly SellerSettings: ComponentType | undefined
  /** The method's section of the admin page. */
  readonly AdminPanel: ComponentType | undefined
}
