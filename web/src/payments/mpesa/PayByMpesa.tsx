import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api, unwrap } from '@/api/client'
import { errorCatalogueQuery, sentenceFor } from '@/api/errorCatalogue'
import { errorCode } from '@/api/problem'
import { Button, LinkButton, Spinner } from '@/components/Button'
import { ErrorMessage } from '@/components/ErrorMessage'
import { Notice } from '@/components/Notice'
import { Countdown, useNow } from '@/components/time'
import type { Order } from '@/features/orders/queries'
import type { Language } from '@/i18n/language'
import { formatMoney, kesCents } from '@/money/money'
import type { CheckoutDetails } from '../PaymentMethod'
import { PayByHand } from './PayByHand'
import { PayerPhone } from './PayerPhone'
import { PHONE_NOT_VALID } from './PhoneField'
import { isPaymentPending, type Payment, paymentsQuery } from './queries'

/** The approximate time that a phone shows the prompt. A later payment counts all the same. */
const PROMPT_DURATION_MS = 60_000

/** Payment by M-Pesa: a phone gets a prompt, its owner enters the PIN, and the page shows the result. */
export function PayByMpesa({ order }: { order: Order }) {
  const { data: payments, error, isPending, refetch } = useQuery(paymentsQuery(order.id))
  if (isPending) return <div className="skeleton h-40 w-full" />
  if (payments === undefined) return <ErrorMessage error={error} onRetry={() => void refetch()} />
  const newest = payments[0]
  if (newest !== undefined && isPaymentPending(newest)) return <PendingPayment payment={newest} />
  return (
    <div className="grid gap-5">
      {newest !== undefined && <FinishedPayment payment={newest} />}
      {newest?.paymentStatus !== 'confirmed' && (
        <>
          <PromptForm order={order} earlier={newest} />
          <PayByHand orderId={order.id} />
        </>
      )}
    </div>
  )
}

function PromptForm({ order, earlier }: { order: Order; earlier: Payment | undefined }) {
  const { t } = useTranslation()
  const queryClient = useQueryClient()
  const [details, setDetails] = useState<CheckoutDetails>({})
  const now = useNow()
  const prompt = useMutation({
    mutationFn: () =>
      unwrap(
        api.POST('/api/v1/orders/{order_id}/pay/mpesa', {
          params: { path: { order_id: order.id } },
          body: { phoneNumber: details.phoneNumber ?? '' },
        }),
      ),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['orders', order.id] }),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    prompt.mutate()
  }
  const waitUntil = earlier?.retryAfterAt
  const mustWait = waitUntil !== null && waitUntil !== undefined && Date.parse(waitUntil) > now
  return (
    <form onSubmit={submit} className="grid gap-4">
      <PayerPhone details={details} onChange={setDetails} error={prompt.error} />
      {prompt.error && errorCode(prompt.error) !== PHONE_NOT_VALID && <ErrorMessage error={prompt.error} />}
      <Button type="submit" busy={prompt.isPending} disabled={mustWait}>
        {t('payments.mpesa.sendPrompt', { amount: formatMoney(kesCents(order.amountKesCents ?? '0')) })}
      </Button>
      {mustWait && (
        <p className="text-quiet text-sm">
          {t('payments.mpesa.retryIn')} <Countdown until={waitUntil} />
        </p>
      )}
      {earlier !== undefined && (
        <LinkButton
          variant="secondary"
          to="/products/$productId/buy"
          params={{ productId: String(order.productId) }}
        >
          {t('payments.mpesa.otherMethod')}
        </LinkButton>
      )}
    </form>
  )
}

function PendingPayment({ payment }: { payment: Payment }) {
  const { t } = useTranslation()
  const amount = formatMoney(kesCents(payment.amountKesCents))
  const until = new Date(Date.parse(payment.createdAt) + PROMPT_DURATION_MS).toISOString()
  const isShown = useNow() < Date.parse(until) && payment.paymentStatus !== 'unknown'
  return (
    <div role="status" data-payment-status={payment.paymentStatus} className="card grid gap-3 bg-tint p-5">
      <p className="flex items-center gap-3 font-display font-semibold text-xl">
        <Spinner /> {isShown ? t('payments.mpesa.checkPhone') : t('payments.mpesa.verifying')}
      </p>
      <p>
        {isShown
          ? t('payments.mpesa.checkPhoneText', { phone: payment.phone, amount })
          : t('payments.mpesa.verifyingText')}
      </p>
      {isShown && (
        <p className="text-quiet text-sm">
          {t('payments.mpesa.promptExpires')} <Countdown until={until} />
        </p>
      )}
    </div>
  )
}

/** The result of the last payment: paid, failed with the reason, or paid in a way that is returned. */
function FinishedPayment({ payment }: { payment: Payment }) {
  const { t, i18n } = useTranslation()
  const isFailed = payment.paymentStatus === 'failed'
  const { data: catalogue } = useQuery({ ...errorCatalogueQuery, enabled: isFailed })
  const reason = sentenceFor(`mpesa_${payment.failure}`, i18n.language as Language, catalogue)
  const sentence = (isFailed && reason) || t(`payments.mpesa.status.${payment.paymentStatus}`)
  return (
    <Notice tone={payment.paymentStatus === 'confirmed' ? 'calm' : 'bad'}>
      <p data-payment-status={payment.paymentStatus}>{sentence}</p>
      {payment.receiptNumber !== null && (
        <p className="text-quiet text-sm">
          {t('payments.mpesa.receipt', { receipt: payment.receiptNumber })}
        </p>
      )}
    </Notice>
  )
}
