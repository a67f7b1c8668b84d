import { ProductArt } from '@/components/ProductPlaceholder'
import { pictureUrl } from './pictureUrl'
import type { Product } from './queries'

/** A product's first picture, small, or the cloth that stands for it; square, so that nothing moves when it loads. */
export function Picture({ product, className }: { product: Product; className?: string }) {
  const first = product.images[0]
  const shape = `aspect-square w-full object-cover ${className ?? ''}`
  if (first === undefined) return <ProductArt productId={product.id} className={shape} />
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
