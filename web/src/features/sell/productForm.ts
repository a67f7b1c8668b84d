/** The fields of the product form, and the API request made from them. */
import type { Schemas } from '@/api/client'
import type { Category, Product } from '@/features/shop/queries'
import { formatAmount, kesCents, parseDot, parseShillings, planck } from '@/money/money'

export type Currency = 'dot' | 'kes'

export interface ProductFields {
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

export type FieldErrors = Partial<Record<'title' | 'price' | 'stock', string>>

const MAX_STOCK = 1_000_000

export const EMPTY_FIELDS: ProductFields = {
  title: '',
  description: '',
  category: 'other',
  currency: 'kes',
  price: '',
  stock: '1',
  pictures: [],
}

export function toFields(product: Product): ProductFields {
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

/** Return the invalid fields, each with its key under `sell.invalid`. */
export function invalidFields(form: ProductFields): FieldErrors {
  const stock = Number(form.stock)
  const isStock = /^\d+$/.test(form.stock.trim()) && stock <= MAX_STOCK
  return {
    ...(form.title.trim() === '' && { title: 'title' }),
    ...(parsePrice(form) === undefined && { price: form.currency === 'dot' ? 'dot' : 'kes' }),
    ...(!isStock && { stock: 'stock' }),
  }
}

export function toRequest(form: ProductFields): Schemas['CreateProductRequest'] {
  const price = String(parsePrice(form) ?? 0n)
  return {
    title: form.title.trim(),
    description: form.description.trim(),
    category: form.category,
    stock: Number(form.stock),
    pictureCids: form.pictures.map(picture => picture.cid),
    ...(form.currency === 'dot' ? { pricePlanck: price } : { priceKesCents: price }),
  }
}

function parsePrice({ currency, price }: ProductFields): bigint | undefined {
  const amount = currency === 'dot' ? parseDot(price) : parseShillings(price)
  return amount === 0n ? undefined : amount
}

/** The list with the item at `index` moved by `by`; where it cannot move, the same list. */
export function moveItem<Item>(items: readonly Item[], index: number, by: -1 | 1): Item[] {
  const changed = [...items]
  const [item, other] = [changed[index], changed[index + by]]
  if (item === undefined || other === undefined) return changed
  changed[index] = other
  changed[index + by] = item
  return changed
}
