/** The fields of the product form, and the API request made from them. */
import type { Schemas } from '@/api/client'
import { type Category, type Product, priceOf } from '@/features/shop/queries'
import { formatAmount, parseAmount, type Unit } from '@/money/money'

export interface ProductFields {
  title: string
  description: string
  category: Category
  unit: Unit
  price: string
  stock: string
  pictures: Picture[]
}

export interface Picture {
  cid: string
  thumbnailCid: string | null
}

/** The name of a text under `sell.invalid` for each invalid field. */
export type FieldErrors = Partial<Record<'title' | 'price' | 'stock', 'title' | 'stock' | 'tooCheap' | Unit>>

/** The smallest order that the shop takes, by the unit of the price; none where the shop takes no such price. */
export type SmallestOrders = Partial<Record<Unit, bigint>>

const MAX_STOCK = 1_000_000
const PRICE_FIELDS = { kesCents: 'priceKesCents', planck: 'pricePlanck' } as const satisfies Record<
  Unit,
  keyof Schemas['CreateProductRequest']
>

export const EMPTY_FIELDS: ProductFields = {
  title: '',
  description: '',
  category: 'other',
  unit: 'kesCents',
  price: '',
  stock: '1',
  pictures: [],
}

export function toFields(product: Product): ProductFields {
  const price = priceOf(product)
  return {
    title: product.title,
    description: product.description,
    category: product.category,
    unit: price.unit,
    price: formatAmount(price).replaceAll(',', ''),
    stock: String(product.stock),
    pictures: product.images,
  }
}

/** Return the fields that cannot be sent. A product cheaper than the smallest order could not be bought. */
export function invalidFields(fields: ProductFields, smallest: SmallestOrders = {}): FieldErrors {
  const price = parsePrice(fields)
  const isStock = /^\d+$/.test(fields.stock.trim()) && Number(fields.stock) <= MAX_STOCK
  return {
    ...(fields.title.trim() === '' && { title: 'title' }),
    ...(price === undefined && { price: fields.unit }),
    ...(price !== undefined && price < (smallest[fields.unit] ?? 0n) && { price: 'tooCheap' }),
    ...(!isStock && { stock: 'stock' }),
  }
}

/** Read the smallest orders from the shop's configuration. */
export function smallestOrders(
  config: Pick<Schemas['WebConfig'], 'smallestOrderPlanck' | 'smallestOrderKesCents'> | undefined,
): SmallestOrders {
  if (config === undefined) return {}
  return {
    planck: BigInt(config.smallestOrderPlanck),
    ...(config.smallestOrderKesCents !== null && { kesCents: BigInt(config.smallestOrderKesCents) }),
  }
}

export function toRequest(fields: ProductFields): Schemas['CreateProductRequest'] {
  return {
    title: fields.title.trim(),
    description: fields.description.trim(),
    category: fields.category,
    stock: Number(fields.stock),
    pictureCids: fields.pictures.map(picture => picture.cid),
    [PRICE_FIELDS[fields.unit]]: String(parsePrice(fields) ?? 0n),
  }
}

function parsePrice({ unit, price }: ProductFields): bigint | undefined {
  const amount = parseAmount(unit, price)
  return amount === 0n ? undefined : amount
}

/** Return the list with an item moved by one position; unchanged where it cannot move. */
export function reordered<Item>(items: readonly Item[], index: number, by: -1 | 1): Item[] {
  const changed = [...items]
  const [item, other] = [changed[index], changed[index + by]]
  if (item === undefined || other === undefined) return changed
  changed[index] = other
  changed[index + by] = item
  return changed
}
