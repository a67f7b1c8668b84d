import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Notice } from '@/components/Notice'
import type { Order } from '@/features/orders/queries'
import { creditQuery } from './queries'

/** Says of each party without an account what that means, before anybody acts. */
export function PartiesWithoutAccount({ order }: { order: Order }) {
  const { t } = useTranslation()
  const isMissing = { buyer: order.buyerAccountExists === false, seller: order.sellerAccountExists === false }
  return (['buyer', 'seller'] as const)
    .filter(party => isMissing[party])
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
