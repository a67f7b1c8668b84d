import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { configQuery } from '@/app/config'
import { CheckIcon } from '@/app/icons'
import { LinkButton } from '@/components/Button'
import { ErrorMessage } from '@/components/ErrorMessage'
import { MoneyLocation } from '@/components/MoneyLocation'
import { ProductPlaceholder } from '@/components/ProductPlaceholder'
import { PageSkeleton } from '@/components/Skeleton'
import { useDuration } from '@/components/time'
import { UserText } from '@/components/UserText'
import { Price, PriceExplained } from './Price'
import { pictureUrl } from './pictureUrl'
import { type Product, productQuery } from './queries'
import { SellerRecord } from './SellerRecord'
import { SpecificationRows } from './SpecificationRows'

export function ProductPage() {
  const { productId } = useParams({ from: '/products/$productId' })
  const { data: product, error, isPending, refetch } = useQuery(productQuery(Number(productId)))
  useEffect(() => {
    if (product !== undefined) document.title = `${product.title} · Descrow`
  }, [product])
  if (isPending) return <PageSkeleton />
  if (product === undefined) return <ErrorMessage error={error} onRetry={() => void refetch()} />
  return (
    <article className="grid gap-8 lg:grid-cols-2 lg:gap-12">
      <Gallery product={product} />
      <div className="grid content-start gap-6">
        <header className="grid gap-3">
          <h1 className="text-3xl sm:text-4xl">
            <UserText text={product.title} />
          </h1>
          <p className="text-2xl">
            <Price product={product} />
          </p>
          <PriceExplained product={product} />
        </header>
        <BuyButton product={product} />
        <BuyerProtection />
        {product.description !== '' && (
          <p className="whitespace-pre-line">
            <UserText text={product.description} />
          </p>
        )}
        <SellerRecord address={product.sellerAddress} />
        <Specifications product={product} />
      </div>
    </article>
  )
}

function Gallery({ product }: { product: Product }) {
  const { t } = useTranslation()
  const [shown, setShown] = useState(0)
  const picture = product.images[shown] ?? product.images[0]
  return (
    <div className="grid content-start gap-3">
      <div className="card aspect-square overflow-hidden">
        {picture === undefined ? (
          <ProductPlaceholder productId={product.id} className="size-full" />
        ) : (
          <img src={pictureUrl(picture.cid)} alt={product.title} className="size-full object-contain" />
        )}
      </div>
      {product.images.length > 1 && (
        <ul className="flex flex-wrap gap-2">
          {product.images.map((image, index) => (
            <li key={image.cid}>
              <button
                type="button"
                onClick={() => setShown(index)}
                aria-label={t('product.picture', { number: index + 1 })}
                aria-current={index === shown}
                className="size-16 overflow-hidden rounded-xl border-2 border-line aria-[current=true]:border-brand"
              >
                <img
                  src={pictureUrl(image.thumbnailCid ?? image.cid)}
                  alt=""
                  className="size-full object-cover"
                />
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

function BuyButton({ product }: { product: Product }) {
  const { t } = useTranslation()
  const isForSale = product.stock > 0 && !product.isWithdrawn
  return (
    <div className="grid gap-3">
      {isForSale && (
        <LinkButton to="/products/$productId/buy" params={{ productId: String(product.id) }}>
          {t('product.buy')}
        </LinkButton>
      )}
      <p className="text-quiet">
        {isForSale ? t('product.stock', { count: product.stock }) : t('product.soldOut')}
      </p>
    </div>
  )
}

/** Three lines on how escrow protects the buyer, with the shop's own deadlines. */
function BuyerProtection() {
  const { t } = useTranslation()
  const { data: config } = useQuery(configQuery)
  const duration = useDuration()
  const terms = config?.terms
  const lines = [
    t('buyerProtection.held'),
    terms
      ? t('buyerProtection.ship', { time: duration(terms.shipWindowS) })
      : t('buyerProtection.shipInTime'),
    terms
      ? t('buyerProtection.inspect', { time: duration(terms.inspectionWindowS) })
      : t('buyerProtection.inspectInTime'),
  ]
  return (
    <section className="card grid gap-4 p-5" aria-label={t('buyerProtection.title')}>
      <MoneyLocation at="escrow" />
      <ul className="grid gap-2.5">
        {lines.map(line => (
          <li key={line} className="flex gap-3">
            <span className="mt-0.5 text-brand">
              <CheckIcon />
            </span>
            {line}
          </li>
        ))}
      </ul>
    </section>
  )
}

function Specifications({ product }: { product: Product }) {
  const { t } = useTranslation()
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-2 border-line border-t pt-5 text-sm">
      <dt className="text-quiet">{t('product.category')}</dt>
      <dd>{t(`categories.${product.category}`)}</dd>
      <SpecificationRows specifications={product.specifications} />
    </dl>
  )
}
