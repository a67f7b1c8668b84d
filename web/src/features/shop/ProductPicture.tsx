import { ProductPlaceholder } from '@/components/ProductPlaceholder'
import { pictureUrl } from './pictureUrl'
import type { Product } from './queries'

/** A product's first picture as a square thumbnail, or a placeholder. */
export function ProductPicture({ product, className }: { product: Product; className?: string }) {
  const first = product.images[0]
  const shape = `aspect-square w-full object-cover ${className ?? ''}`
  if (first === undefined) return <ProductPlaceholder productId={product.id} className={shape} />
  return (
    <img
      src={pictureUrl(first.thumbnailCid ?? first.cid)}
      alt=""
      loading="lazy"
      decoding="async"
      className={shape}
    />
  )
}
