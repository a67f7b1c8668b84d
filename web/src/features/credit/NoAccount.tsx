import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Notice } from '@/components/Notice'
import { moneyHolderOf } from '@/features/orders/order'
import type { Order } from '@/features/orders/queries'
import { creditQuery } from './queries'

/** Says of each party without an account what that means, before anybody acts; and where nobody knows, that too. */
export function PartiesWithoutAccount({ order }: { order: Order }) {
  const { t } = useTranslation()
  const exists = { buyer: order.buyerAccountExists, seller: order.sellerAccountExists }
  if (exists.buyer === null || exists.seller === null) {
    const isHeldInDot = order.paymentMode === 'dot' && moneyHolderOf(order.status) === 'escrow'
    return isHeldInDot ? <Notice tone="wait">{t('credit.accountUnknown')}</Notice> : null
  }
  return (['buyer', 'seller'] as const)
    .filter(party => exists[party] === false)
    .map(party => (
      <Notice key={party} tone="wait">
        {order.role === party ? t('credit.noAccount.own') : t(`credit.noAccount.${party}`)}
      </Notice>
    ))
}

/** Tells a seller in DOT whose account is not on the chain what shipping needs. */
export function SellerWithoutAccount() {
  const { t } = useTranslation()
  const { data: credit } = useQuery(creditQuery)
  if (credit?.accountExists !== false) return null
  return <Notice tone="wait">{t('credit.noAccount.listing')}</Notice>
}
