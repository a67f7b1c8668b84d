import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { TransactionHash } from '@/components/BlockLink'
import { ErrorMessage } from '@/components/ErrorMessage'
import { Notice } from '@/components/Notice'
import { dotPaymentQuery } from './queries'
import { loadSentPayment } from './sentPayment'

/** The outcome of a payment sent from this browser: where the money is, and what to do next. */
export function PaymentRecovery({ orderId }: { orderId: number }) {
  const { t } = useTranslation()
  const sent = loadSentPayment(orderId)
  const { data: payment, error, isPending, refetch } = useQuery(dotPaymentQuery(orderId, sent))
  if (isPending) return <div className="skeleton h-24 w-full" />
  if (payment === undefined) return <ErrorMessage error={error} onRetry={() => void refetch()} />
  return (
    <Notice tone={payment.moneyIs === 'unknown' ? 'wait' : 'calm'} title={t('paymentRecovery.title')}>
      <p data-payment-status={payment.status}>{t(`paymentRecovery.status.${payment.status}`)}</p>
      <p>{t(`paymentRecovery.moneyIs.${payment.moneyIs}`)}</p>
      <p>{t(`paymentRecovery.next.${payment.next}`)}</p>
      {sent !== undefined && (
        <p className="mt-1 text-quiet text-sm">
          {t('transaction.hash')} <TransactionHash hash={sent.hash} />
        </p>
      )}
    </Notice>
  )
}
