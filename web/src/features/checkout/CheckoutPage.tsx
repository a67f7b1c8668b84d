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
import { ExchangeDetails } from '@/features/shop/Price'
import { ProductPicture } from '@/features/shop/ProductPicture'
import { type Product, priceOf, productQuery } from '@/features/shop/queries'
import type { CheckoutDetails, PaymentMethod, PaymentMode } from '@/payments/PaymentMethod'
import { amountOf, paymentMethods } from '@/payments/registry'
import type { Account } from '@/session/session'
import { useAgreement } from './agreement'
import { ChangedOffer } from './ChangedOffer'
import { isPricedIn, quoteQuery } from './queries'

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
  const methods = paymentMethods().filter(method => method.isEnabled(config))
  const preferred = preferredMethod(methods, product)
  const obstacle = obstacleFor(product, account)
  return (
    <Page title={t('checkout.title')}>
      <div className="mx-auto grid max-w-2xl gap-6">
        <ProductSummary product={product} />
        {obstacle === undefined && preferred !== undefined ? (
          <OrderForm product={product} methods={methods} preferred={preferred} />
        ) : (
          <Notice tone="wait">{t(obstacle ?? 'checkout.noPaymentMethod')}</Notice>
        )}
      </div>
    </Page>
  )
}

/** Return the key of the reason why this account cannot buy the product, if there is one. */
function obstacleFor(product: Product, account: Account) {
  if (product.sellerAddress === account.address) return 'checkout.ownProduct'
  return product.stock === 0 || product.isWithdrawn ? 'product.soldOut' : undefined
}

/** Return the first accepted method in the currency of the price, else the first accepted method. */
function preferredMethod(methods: readonly PaymentMethod[], product: Product): PaymentMethod | undefined {
  const accepted = methods.filter(method => method.isAccepted(product))
  return accepted.find(method => isPricedIn(product, method)) ?? accepted[0]
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

interface OrderFormProps {
  product: Product
  methods: readonly PaymentMethod[]
  preferred: PaymentMethod
}

function OrderForm({ product, methods, preferred }: OrderFormProps) {
  const { t } = useTranslation()
  const [chosen, setChosen] = useState<PaymentMode>(preferred.mode)
  const method = methods.find(({ mode }) => mode === chosen) ?? preferred
  const [deliveryAddress, setDeliveryAddress] = useState('')
  const [details, setDetails] = useState<Partial<Record<PaymentMode, CheckoutDetails>>>({})
  const quote = useQuery(quoteQuery(product, method))
  const order = useCreateOrder()

  const needsQuote = !isPricedIn(product, method)
  const amount = needsQuote ? quote.data && amountOf(quote.data) : priceOf(product)
  const { agreed, current, isChanged, accept } = useAgreement(product, method.mode, amount)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    order.mutate({
      productId: product.id,
      paymentMode: method.mode,
      deliveryAddress: deliveryAddress.trim(),
      quoteId: needsQuote ? (quote.data?.id ?? null) : null,
      pricePlanck: product.pricePlanck,
      priceKesCents: product.priceKesCents,
      productCid: product.metadataCid,
      ...details[method.mode],
    })
  }
  const isFieldError = method.fieldErrorCodes.includes(errorCode(order.error))
  return (
    <form onSubmit={submit} className="grid gap-6">
      <section className="grid gap-3">
        <h2 className="text-lg">{t('checkout.paymentMethod')}</h2>
        <Choice<PaymentMode>
          label={t('checkout.paymentMethod')}
          value={method.mode}
          onChange={setChosen}
          options={methods.map(({ mode, Icon, label, isAccepted, checkoutNote }) => ({
            value: mode,
            icon: <Icon />,
            label: label(t),
            note: checkoutNote(t, isAccepted(product)),
            disabled: !isAccepted(product),
          }))}
        />
      </section>
      {method.CheckoutFields && (
        <method.CheckoutFields
          details={details[method.mode] ?? {}}
          onChange={changed => setDetails({ ...details, [method.mode]: changed })}
          error={order.error}
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
      <AmountDue product={product} method={method} />
      {isChanged && agreed && current && (
        <ChangedOffer
          productId={product.id}
          agreed={agreed}
          current={current}
          onAccept={() => {
            accept()
            order.reset()
          }}
        />
      )}
      {order.error && !isFieldError && <ErrorMessage error={order.error} />}
      <div className="grid gap-3 sm:flex">
        <Button
          type="submit"
          busy={order.isPending}
          disabled={amount === undefined || isChanged}
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

/** The amount of the order, with the exchange rate where the price is in another currency. */
function AmountDue({ product, method }: { product: Product; method: PaymentMethod }) {
  const { t } = useTranslation()
  const { data: quote, error, refetch } = useQuery(quoteQuery(product, method))
  const isExact = isPricedIn(product, method)
  const amount = isExact ? priceOf(product) : quote && amountOf(quote)
  if (error && amount === undefined) return <ErrorMessage error={error} onRetry={() => void refetch()} />
  return (
    <section
      aria-label={t('checkout.total')}
      aria-live="polite"
      className={`card grid content-start gap-2 p-5 ${isExact ? '' : 'min-h-44'}`}
    >
      <p className="flex items-baseline justify-between gap-4">
        <span className="font-semibold">{t('checkout.total')}</span>
        {amount === undefined ? (
          <span className="skeleton h-7 w-32" />
        ) : (
          <MoneyText money={amount} className="font-display font-semibold text-2xl" />
        )}
      </p>
      <p className="text-quiet text-sm">{method.totalNote(t)}</p>
      {!isExact && quote !== undefined && amount !== undefined && (
        <>
          <ExchangeDetails
            price={priceOf(product)}
            payable={amount}
            exchange={{ ...quote, source: quote.rateSource, at: quote.rateAt }}
          />
          <p className="text-quiet text-sm">
            {t('checkout.validFor')} <Countdown until={quote.expiresAt} />
          </p>
        </>
      )}
    </section>
  )
}

/** Create the order once: a retry after a lost response returns the order that was already created. */
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
      const code = errorCode(error)
      if (code !== 'unreachable') attempt.current.body = ''
      if (code === 'product_sold_out' || code === 'product_not_as_seen')
        void queryClient.invalidateQueries({ queryKey: ['products'] })
      if (code === 'quote_not_usable') void queryClient.invalidateQueries({ queryKey: ['quotes'] })
    },
  })
}
