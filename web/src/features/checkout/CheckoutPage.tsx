import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { type FormEvent, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api, newIdempotencyKey, type Schemas, unwrap } from '@/api/client'
import { errorCode } from '@/api/problem'
import { type Config, configQuery } from '@/app/config'
import { Button, LinkButton } from '@/components/Button'
import { Choice } from '@/components/Choice'
import { ErrorMessage } from '@/components/ErrorMessage'
import { TextArea } from '@/components/Field'
import { MoneyText } from '@/components/MoneyText'
import { Notice } from '@/components/Notice'
import { Page } from '@/components/Page'
import { PageSkeleton } from '@/components/Skeleton'
import { Countdown } from '@/components/time'
import { UserText } from '@/components/UserText'
import { RequireSignIn } from '@/features/account/RequireSignIn'
import { ProductPicture } from '@/features/shop/ProductPicture'
import { type Product, priceOf, productQuery } from '@/features/shop/queries'
import { formatMoney, kesCents } from '@/money/money'
import { PhoneField } from '@/payments/mpesa/PhoneField'
import type { Account } from '@/session/session'
import { isPricedIn, type PaymentMode, quotedAmount, quoteQuery } from './queries'

const MAX_ADDRESS_LENGTH = 500

export function CheckoutPage() {
  const { productId } = useParams({ from: '/products/$productId/buy' })
  return (
    <RequireSignIn>{account => <Checkout productId={Number(productId)} account={account} />}</RequireSignIn>
  )
}

function Checkout({ productId, account }: { productId: number; account: Account }) {
  const product = useQuery(productQuery(productId))
  const config = useQuery(configQuery)
  if (product.isPending || config.isPending) return <PageSkeleton />
  if (product.data === undefined || config.data === undefined) {
    const retry = () => void Promise.all([product.refetch(), config.refetch()])
    return <ErrorMessage error={product.error ?? config.error} onRetry={retry} />
  }
  return <CheckoutForm product={product.data} config={config.data} account={account} />
}

function CheckoutForm({ product, config, account }: { product: Product; config: Config; account: Account }) {
  const { t } = useTranslation()
  const cannot =
    product.sellerAddress === account.address
      ? t('checkout.ownProduct')
      : product.stock === 0 || product.isWithdrawn
        ? t('product.soldOut')
        : undefined
  return (
    <Page title={t('checkout.title')}>
      <div className="mx-auto grid max-w-2xl gap-6">
        <ProductSummary product={product} />
        {cannot === undefined ? (
          <OrderForm product={product} config={config} />
        ) : (
          <Notice tone="wait">{cannot}</Notice>
        )}
      </div>
    </Page>
  )
}

function ProductSummary({ product }: { product: Product }) {
  return (
    <Link
      to="/products/$productId"
      params={{ productId: String(product.id) }}
      className="card flex items-center gap-4 p-3"
    >
      <span className="size-20 shrink-0 overflow-hidden rounded-xl">
        <ProductPicture product={product} />
      </span>
      <span className="grid gap-1">
        <span className="font-semibold">
          <UserText text={product.title} />
        </span>
        <MoneyText money={priceOf(product)} />
      </span>
    </Link>
  )
}

function OrderForm({ product, config }: { product: Product; config: Config }) {
  const { t } = useTranslation()
  const takesMpesa = config.mpesaOffered && product.takesMpesa
  const [chosen, setChosen] = useState<PaymentMode>()
  const mode = chosen ?? (takesMpesa && product.priceKesCents !== null ? 'mpesa' : 'dot')
  const [deliveryAddress, setDeliveryAddress] = useState('')
  const [phoneNumber, setPhoneNumber] = useState('')
  const quote = useQuery(quoteQuery(product, mode))
  const order = useCreateOrder()

  const needsQuote = !isPricedIn(product, mode)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    order.mutate({
      productId: product.id,
      paymentMode: mode,
      deliveryAddress: deliveryAddress.trim(),
      phoneNumber: mode === 'mpesa' ? phoneNumber.trim() : null,
      quoteId: needsQuote ? (quote.data?.id ?? null) : null,
    })
  }
  const phoneError =
    errorCode(order.error) === 'phone_not_valid' ? t('payments.mpesa.phoneInvalid') : undefined
  return (
    <form onSubmit={submit} className="grid gap-6">
      <section className="grid gap-3">
        <h2 className="text-lg">{t('checkout.paymentMethod')}</h2>
        <Choice<PaymentMode>
          label={t('checkout.paymentMethod')}
          value={mode}
          onChange={setChosen}
          options={[
            {
              value: 'mpesa',
              label: t('payments.mpesa.label'),
              note: takesMpesa ? t('payments.mpesa.checkoutNote') : t('payments.mpesa.unavailable'),
              disabled: !takesMpesa,
            },
            { value: 'dot', label: t('payments.dot.label'), note: t('payments.dot.checkoutNote') },
          ]}
        />
      </section>
      {mode === 'mpesa' && (
        <PhoneField
          label={t('payments.mpesa.phone')}
          hint={t('payments.mpesa.phoneHint')}
          error={phoneError}
          value={phoneNumber}
          onChange={setPhoneNumber}
        />
      )}
      <TextArea
        label={t('checkout.address')}
        hint={t('checkout.addressHint')}
        value={deliveryAddress}
        onChange={setDeliveryAddress}
        maxLength={MAX_ADDRESS_LENGTH}
        autoComplete="street-address"
        required
      />
      <AmountDue product={product} mode={mode} />
      {order.error && phoneError === undefined && <ErrorMessage error={order.error} />}
      <div className="grid gap-3 sm:flex">
        <Button
          type="submit"
          busy={order.isPending}
          disabled={needsQuote && quote.data === undefined}
          className="sm:flex-1"
        >
          {t('checkout.submit')}
        </Button>
        <LinkButton variant="secondary" to="/products/$productId" params={{ productId: String(product.id) }}>
          {t('actions.back')}
        </LinkButton>
      </div>
      <p className="text-quiet text-sm">{t('checkout.notChargedYet')}</p>
    </form>
  )
}

/** What will be asked for, and by which rate it came to that. */
function AmountDue({ product, mode }: { product: Product; mode: PaymentMode }) {
  const { t } = useTranslation()
  const { data: quote, error, refetch } = useQuery(quoteQuery(product, mode))
  const amount = isPricedIn(product, mode) ? priceOf(product) : quote && quotedAmount(quote)
  if (error && amount === undefined) return <ErrorMessage error={error} onRetry={() => void refetch()} />
  return (
    <section
      aria-label={t('checkout.total')}
      aria-live="polite"
      className={`card grid content-start gap-2 p-5 ${isPricedIn(product, mode) ? '' : 'min-h-44'}`}
    >
      <p className="flex items-baseline justify-between gap-4">
        <span className="font-semibold">{t('checkout.total')}</span>
        {amount === undefined ? (
          <span className="skeleton h-7 w-32" />
        ) : (
          <MoneyText money={amount} className="font-display font-semibold text-2xl" />
        )}
      </p>
      <p className="text-quiet text-sm">
        {mode === 'dot' ? t('payments.dot.totalNote') : t('payments.mpesa.totalNote')}
      </p>
      {!isPricedIn(product, mode) && quote !== undefined && (
        <p className="text-quiet text-sm">
          {t('checkout.quoted', {
            rate: formatMoney(kesCents(quote.kesCentsPerDot)),
            source: quote.rateSource,
          })}{' '}
          <Countdown until={quote.expiresAt} />
        </p>
      )}
    </section>
  )
}

/** Makes the order, once: whoever presses again after a broken answer gets the order that there is. */
function useCreateOrder() {
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const attempt = useRef({ body: '', key: '' })
  return useMutation({
    mutationFn: (body: Schemas['CreateOrderRequest']) => {
      const text = JSON.stringify(body)
      if (attempt.current.body !== text) attempt.current = { body: text, key: newIdempotencyKey() }
      return unwrap(
        api.POST('/api/v1/orders', { params: { header: { 'Idempotency-Key': attempt.current.key } }, body }),
      )
    },
    onSuccess: async ({ order }) => {
      queryClient.setQueryData(['orders', order.id], order)
      void queryClient.invalidateQueries({ queryKey: ['orders', 'list'] })
      void queryClient.invalidateQueries({ queryKey: ['products'] })
      await navigate({ to: '/orders/$orderId', params: { orderId: String(order.id) } })
    },
    onError: error => {
      attempt.current.body = errorCode(error) === 'unreachable' ? attempt.current.body : ''
      const code = errorCode(error)
      if (code === 'product_sold_out' || code === 'product_changed_meanwhile')
        void queryClient.invalidateQueries({ queryKey: ['products'] })
      if (code === 'quote_not_usable') void queryClient.invalidateQueries({ queryKey: ['quotes'] })
    },
  })
}
