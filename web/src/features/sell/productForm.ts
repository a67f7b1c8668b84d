/** What the seller types about a product, and what the API is asked for. */
import type { Schemas } from '@/api/client'
import type { Category, Product } from '@/features/shop/queries'
import { formatAmount, kesCents, parseDot, parseShillings, planck } from '@/money/money'

export type Currency = 'dot' | 'kes'

export interface ProductForm {
  title: string
  description: string
  category: Category
  currency: Currency
  price: string
  stock: string
  pictures: Picture[]
}

export interface Picture {
  cid: string
  thumbnailCid: string | null
}

export type Wrong = Partial<Record<'title' | 'price' | 'stock', string>>

const MOST_IN_STOCK = 1_000_000

export const EMPTY: ProductForm = {
  title: '',
  description: '',
  category: 'other',
  currency: 'kes',
  price: '',
  stock: '1',
  pictures: [],
}

export function formOf(product: Product): ProductForm {
  const isInDot = product.pricePlanck !== null
  const price = isInDot ? planck(product.pricePlanck ?? '0') : kesCents(product.priceKesCents ?? '0')
  return {
    title: product.title,
    description: product.description,
    category: product.category,
    currency: isInDot ? 'dot' : 'kes',
    price: formatAmount(price).replaceAll(',', ''),
    stock: String(product.stock),
    pictures: product.images,
  }
}

/** Which fields cannot be sent as they are; the names are keys under `sell.wrong`. */
export function wrongIn(form: ProductForm): Wrong {
  const stock = Number(form.stock)
  const isStock = /^\d+$/.test(form.stock.trim()) && stock <= MOST_IN_STOCK
  return {
    ...(form.title.trim() === '' && { title: 'title' }),
    ...(priceIn(form) === undefined && { price: form.currency === 'dot' ? 'dot' : 'kes' }),
    ...(!isStock && { stock: 'stock' }),
  }
}

export function requestOf(form: ProductForm): Schemas['CreateProductRequest'] {
  const price = String(priceIn(form) ?? 0n)
  return {
    title: form.title.trim(),
    description: form.description.trim(),
    category: form.category,
    stock: Number(form.stock),
    pictureCids: form.pictures.map(picture => picture.cid),
    ...(form.currency === 'dot' ? { pricePlanck: price } : { priceKesCents: price }),
  }
}

function priceIn({ currency, price }: ProductForm): bigint | undefined {
  const amount = currency === 'dot' ? parseDot(price) : parseShillings(price)
  return amount === 0n ? undefined : amount
}

/** The list with the item at `place` moved by `by`; where it cannot move, the same list. */
export function moved<Item>(items: readonly Item[], place: number, by: -1 | 1): Item[] {
  const changed = [...items]
  const [item, other] = [changed[place], changed[place + by]]
  if (item === undefined || other === undefined) return changed
  changed[place] = other
  changed[place + by] = item
  return changed
}
