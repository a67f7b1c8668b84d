import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { answerOf, api } from '@/api/client'
import { Button, LinkButton } from '@/components/Button'
import { ErrorSentence } from '@/components/ErrorSentence'
import { MoneyText } from '@/components/MoneyText'
import { Page } from '@/components/Page'
import { PageSkeleton } from '@/components/Skeleton'
import { UserText } from '@/components/UserText'
import { SignedInOnly } from '@/features/account/SignedInOnly'
import { Picture } from '@/features/shop/Picture'
import { type Product, priceOf } from '@/features/shop/queries'
import { Earnings } from './Earnings'
import { MpesaPhone } from './MpesaPhone'
import { myProductsQuery } from './queries'
import { ToShip } from './ToShip'

/** The seller's side: what is to be shipped, what has come in, what is for sale, and where M-Pesa pays. */
export function SellPage() {
  const { t } = useTranslation()
  return (
    <SignedInOnly>
      {() => (
        <Page title={t('sell.page')} aside={<LinkButton to="/sell/new">{t('sell.new')}</LinkButton>}>
          <div className="grid gap-10 lg:grid-cols-[minmax(0,1fr)_22rem]">
            <div className="grid content-start gap-10">
              <ToShip />
              <MyProducts />
            </div>
            <div className="grid content-start gap-6">
              <Earnings />
              <MpesaPhone />
            </div>
          </div>
        </Page>
      )}
    </SignedInOnly>
  )
}

function MyProducts() {
  const { t } = useTranslation()
  const { data, error, isPending, hasNextPage, fetchNextPage, isFetchingNextPage, refetch } =
    useInfiniteQuery(myProductsQuery)
  if (isPending) return <PageSkeleton />
  if (data === undefined) return <ErrorSentence error={error} onRetry={() => void refetch()} />
  const products = data.pages.flatMap(page => page.items)
  return (
    <section className="grid gap-4" aria-label={t('sell.mine')}>
      <h2 className="text-xl">{t('sell.mine')}</h2>
      {products.length === 0 && <p className="text-quiet">{t('sell.none')}</p>}
      <ul className="grid gap-3">
        {products.map(product => (
          <ProductLine key={product.id} product={product} />
        ))}
      </ul>
      {hasNextPage && (
        <Button
          look="quiet"
          busy={isFetchingNextPage}
          onClick={() => void fetchNextPage()}
          className="justify-self-start"
        >
          {t('home.more')}
        </Button>
      )}
    </section>
  )
}

function ProductLine({ product }: { product: Product }) {
  const { t } = useTranslation()
  const queries = useQueryClient()
  const path = { params: { path: { product_id: product.id } } }
  const turn = useMutation({
    mutationFn: async () => {
      if (product.isWithdrawn) await answerOf(api.POST('/api/v1/products/{product_id}/offer-again', path))
      else await answerOf(api.DELETE('/api/v1/products/{product_id}', path))
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ['products'] }),
  })
  return (
    <li className="card grid gap-3 p-3">
      <div className="flex items-center gap-4">
        <span className="size-16 shrink-0 overflow-hidden rounded-xl">
          <Picture product={product} />
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
            {product.isWithdrawn ? t('sell.withdrawn') : t('product.stock', { count: product.stock })}
          </span>
        </span>
        <Button look="quiet" busy={turn.isPending} onClick={() => turn.mutate()}>
          {product.isWithdrawn ? t('sell.offerAgain') : t('sell.withdraw')}
        </Button>
      </div>
      {turn.error && <ErrorSentence error={turn.error} />}
    </li>
  )
}
