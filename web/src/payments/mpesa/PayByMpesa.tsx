import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { answerOf, api } from '@/api/client'
import { codeOf } from '@/api/problem'
import { Button, LinkButton, Spinner } from '@/components/Button'
import { ErrorSentence } from '@/components/ErrorMessage'
import { Notice } from '@/components/Notice'
import { Countdown, useNow } from '@/components/time'
import { amountOf } from '@/features/orders/order'
import { isUnderWay, type Order, type Payment, paymentsQuery } from '@/features/orders/queries'
import type { Language } from '@/i18n/texts'
import { formatMoney } from '@/money/money'
import { sentencesQuery, whyFailed } from './failureReasons'
import { PhoneField } from './PhoneField'

/** About as long as a phone shows the prompt; whatever comes later counts all the same. */
const PROMPT_LASTS_MS = 60_000

/** Paying by M-Pesa: a phone is asked, its owner types the PIN there, and this page tells what came of it. */
export function PayByMpesa({ order }: { order: Order }) {
  const { data: payments, error, isPending, refetch } = useQuery(paymentsQuery(order.id))
  if (isPending) return <div className="skeleton h-40 w-full" />
  if (payments === undefined) return <ErrorSentence error={error} onRetry={() => void refetch()} />
  const newest = payments[0]
  if (newest !== undefined && isUnderWay(newest)) return <LookAtPhone payment={newest} />
  return (
    <div className="grid gap-5">
      {newest !== undefined && <Ended payment={newest} />}
      {newest?.paymentStatus !== 'confirmed' && <AskPhone order={order} earlier={newest} />}
    </div>
  )
}

function AskPhone({ order, earlier }: { order: Order; earlier: Payment | undefined }) {
  const { t } = useTranslation()
  const queries = useQueryClient()
  const [phoneNumber, setPhoneNumber] = useState('')
  const now = useNow()
  const ask = useMutation({
    mutationFn: () =>
      answerOf(
        api.POST('/api/v1/orders/{order_id}/pay/mpesa', {
          params: { path: { order_id: order.id } },
          body: { phoneNumber: phoneNumber.trim() },
        }),
      ),
    onSettled: () => queries.invalidateQueries({ queryKey: ['orders', order.id] }),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    ask.mutate()
  }
  const waitUntil = earlier?.retryAfterAt
  const mustWait = waitUntil !== null && waitUntil !== undefined && Date.parse(waitUntil) > now
  const phoneError = codeOf(ask.error) === 'phone_not_valid' ? t('errors.phone_not_valid') : undefined
  return (
    <form onSubmit={submit} className="grid gap-4">
      <PhoneField
        label={t('checkout.phone')}
        hint={t('checkout.phoneHint')}
        error={phoneError}
        value={phoneNumber}
        onChange={setPhoneNumber}
      />
      {ask.error && phoneError === undefined && <ErrorSentence error={ask.error} />}
      <Button type="submit" busy={ask.isPending} disabled={mustWait}>
        {t('pay.askPhone', { amount: formatMoney(amountOf(order)) })}
      </Button>
      {mustWait && (
        <p className="text-quiet text-sm">
          {t('pay.again')} <Countdown until={waitUntil} />
        </p>
      )}
      {earlier !== undefined && (
        <LinkButton
          look="quiet"
          to="/products/$productId/buy"
          params={{ productId: String(order.productId) }}
        >
          {t('pay.otherWay')}
        </LinkButton>
      )}
    </form>
  )
}

function LookAtPhone({ payment }: { payment: Payment }) {
  const { t } = useTranslation()
  const until = new Date(Date.parse(payment.createdAt) + PROMPT_LASTS_MS).toISOString()
  const isShown = useNow() < Date.parse(until) && payment.paymentStatus !== 'unknown'
  return (
    <div role="status" data-payment-status={payment.paymentStatus} className="card grid gap-3 bg-tint p-5">
      <p className="flex items-center gap-3 font-display font-semibold text-xl">
        <Spinner /> {isShown ? t('pay.look') : t('pay.asking')}
      </p>
      <p>
        {isShown
          ? t('pay.lookText', { phone: payment.phone, amount: amountOfPayment(payment) })
          : t('pay.askingText')}
      </p>
      {isShown && (
        <p className="text-quiet text-sm">
          {t('pay.promptEnds')} <Countdown until={until} />
        </p>
      )}
    </div>
  )
}

/** How the last attempt ended: paid, not paid and why, or paid in a way that the order cannot take. */
function Ended({ payment }: { payment: Payment }) {
  const { t, i18n } = useTranslation()
  const isFailed = payment.paymentStatus === 'failed'
  const { data: sentences } = useQuery({ ...sentencesQuery, enabled: isFailed })
  const sentence = isFailed
    ? (sentences && whyFailed(sentences, payment.failure, i18n.language as Language)) ||
      t('pay.status.failed')
    : t(`pay.status.${payment.paymentStatus}`)
  return (
    <Notice tone={payment.paymentStatus === 'confirmed' ? 'calm' : 'bad'}>
      <p data-payment-status={payment.paymentStatus}>{sentence}</p>
      {payment.receiptNumber !== null && (
        <p className="text-quiet text-sm">{t('pay.receipt', { receipt: payment.receiptNumber })}</p>
      )}
    </Notice>
  )
}

function amountOfPayment(payment: Payment): string {
  return formatMoney({ unit: 'kesCents', amount: BigInt(payment.amountKesCents) })
}
