import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { api, unwrap } from '@/api/client'
import { configQuery } from '@/app/config'
import { Button, LinkButton } from '@/components/Button'
import { ErrorMessage } from '@/components/ErrorMessage'
import { MoneyText } from '@/components/MoneyText'
import { Page } from '@/components/Page'
import { PageSkeleton } from '@/components/Skeleton'
import { UserText } from '@/components/UserText'
import { RequireSignIn } from '@/features/account/RequireSignIn'
import { ordersQuery } from '@/features/orders/queries'
import { ProductPicture } from '@/features/shop/ProductPicture'
import { type Product, priceOf } from '@/features/shop/queries'
import { paymentMethods } from '@/payments/registry'
import { Earnings } from './Earnings'
import { OrdersToShip } from './OrdersToShip'
import { myProductsQuery } from './queries'

/** The seller's page: orders to ship, earnings, products and payment details. */
export function SellPage() {
  return <RequireSignIn>{() => <Sell />}</RequireSignIn>
}

/** Show everything at once: a part that came later would push down a button that somebody is about to press. */
function Sell() {
  const { t } = useTranslation()
  const products = useInfiniteQuery(myProductsQuery)
  const orders = useInfiniteQuery(ordersQuery)
  const config = useQuery(configQuery)
  const parts = [products, orders, config]
  if (parts.some(part => part.isPending)) return <PageSkeleton />
  if (products.data === undefined || orders.data === undefined) {
    const retry = () => void Promise.all(parts.map(part => part.refetch()))
    return <ErrorMessage error={products.error ?? orders.error} onRetry={retry} />
  }
  const myOrders = orders.data.pages.flatMap(page => page.items)
  return (
    <Page title={t('sell.page')} aside={<LinkButton to="/sell/new">{t('sell.new')}</LinkButton>}>
      <div className="grid gap-10 lg:grid-cols-[minmax(0,1fr)_22rem]">
        <div className="grid content-start gap-10">
          <OrdersToShip orders={myOrders} />
          <section className="grid gap-4" aria-label={t('sell.products')}>
            <h2 className="text-xl">{t('sell.products')}</h2>
            <MyProducts products={products.data.pages.flatMap(page => page.items)} />
            {products.hasNextPage && (
              <Button
                variant="secondary"
                busy={products.isFetchingNextPage}
                onClick={() => void products.fetchNextPage()}
                className="justify-self-start"
              >
                {t('actions.showMore')}
              </Button>
            )}
          </section>
        </div>
        <div className="grid content-start gap-6">
          <Earnings orders={myOrders} />
          {paymentMethods().map(
            ({ mode, isEnabled, SellerSettings }) =>
              SellerSettings && config.data && isEnabled(config.data) && <SellerSettings key={mode} />,
          )}
        </div>
      </div>
    </Page>
  )
}

function MyProducts({ products }: { products: Product[] }) {
  const { t } = useTranslation()
  if (products.length === 0) return <p className="text-quiet">{t('sell.none')}</p>
  return (
    <ul className="grid gap-3">
      {products.map(product => (
        <ProductRow key={product.id} product={product} />
      ))}
    </ul>
  )
}

function ProductRow({ product }: { product: Product }) {
  const { t } = useTranslation()
  const queryClient = useQueryClient()
  const path = { params: { path: { product_id: product.id } } }
  const turn = useMutation({
    mutationFn: async () => {
      if (product.isWithdrawn) await unwrap(api.POST('/api/v1/products/{product_id}/offer-again', path))
      else await unwrap(api.DELETE('/api/v1/products/{product_id}', path))
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['products'] }),
  })
  return (
    <li className="card grid gap-3 p-3">
      <div className="flex items-center gap-4">
        <span className="size-16 shrink-0 overflow-hidden rounded-xl">
          <ProductPicture product={product} />
        </span>
        <span className="grid flex-1 gap-0.5">
          <Link
            to="/sell/$productId"
            params={{ productId: String(product.id) }}
            className="font-semibold underline-offset-2 hover:underline"
          >
            <UserText text={product.title} />
          </Link>
          <span className="text-quiet text-sm">
            <MoneyText money={priceOf(product)} /> ·{' '}
            {product.isWithdrawn ? t('sell.unlisted') : t('product.stock', { count: product.stock })}
          </span>
        </span>
        <Button variant="secondary" busy={turn.isPending} onClick={() => turn.mutate()}>
          {product.isWithdrawn ? t('sell.relist') : t('sell.unlist')}
        </Button>
      </div>
      {turn.error && <ErrorMessage error={turn.error} />}
    </li>
  )
}
