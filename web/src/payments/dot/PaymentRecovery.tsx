import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Hash } from '@/components/BlockLink'
import { ErrorSentence } from '@/components/ErrorMessage'
import { Notice } from '@/components/Notice'
import { dotPaymentQuery } from '@/features/orders/queries'
import { rememberedSent } from './sentPayment'

/** What became of a payment that this browser sent: where the money is, and what to do. */
export function PaymentRecovery({ orderId }: { orderId: number }) {
  const { t } = useTranslation()
  const sent = rememberedSent(orderId)
  const { data: payment, error, isPending, refetch } = useQuery(dotPaymentQuery(orderId, sent))
  if (isPending) return <div className="skeleton h-24 w-full" />
  if (payment === undefined) return <ErrorSentence error={error} onRetry={() => void refetch()} />
  return (
    <Notice tone={payment.moneyIs === 'unknown' ? 'wait' : 'calm'} title={t('recovery.title')}>
      <p data-payment-status={payment.status}>{t(`recovery.status.${payment.status}`)}</p>
      <p>{t(`recovery.moneyIs.${payment.moneyIs}`)}</p>
      <p>{t(`recovery.next.${payment.next}`)}</p>
      {sent !== undefined && (
        <p className="mt-1 text-quiet text-sm">
          {t('transaction.hash')} <Hash hash={sent.hash} />
        </p>
      )}
    </Notice>
  )
}
