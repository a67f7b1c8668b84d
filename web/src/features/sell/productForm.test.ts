import { describe, expect, it } from 'vitest'
import {
  EMPTY_FIELDS,
  invalidFields,
  type ProductFields,
  reordered,
  smallestOrders,
  toRequest,
} from './productForm'

const coffee: ProductFields = {
  ...EMPTY_FIELDS,
  title: ' Coffee ',
  unit: 'planck',
  price: '2.4',
  stock: '20',
}

describe('what the seller types', () => {
  it('becomes integers with their unit', () => {
    expect(toRequest(coffee)).toMatchObject({ title: 'Coffee', pricePlanck: '24000000000', stock: 20 })
    expect(toRequest({ ...coffee, unit: 'kesCents', price: '1,500' })).toMatchObject({
      priceKesCents: '150000',
    })
  })

  it.each(['', '0', '-1', '1.23456789012', 'free'])('%j is no price in DOT', price => {
    expect(invalidFields({ ...coffee, price })).toEqual({ price: 'planck' })
  })

  it.each(['', '0', '12.50', '1 500'])('%j is no price in shillings: M-Pesa moves whole ones', price => {
    expect(invalidFields({ ...coffee, unit: 'kesCents', price })).toEqual({ price: 'kesCents' })
  })

  it('is no price below the smallest order', () => {
    const smallest = smallestOrders({ smallestOrderPlanck: '1000000000', smallestOrderKesCents: '10000' })

    expect(invalidFields({ ...coffee, price: '0.0999999999' }, smallest)).toEqual({ price: 'tooCheap' })
    expect(invalidFields({ ...coffee, price: '0.1' }, smallest)).toEqual({})
    expect(invalidFields({ ...coffee, unit: 'kesCents', price: '99' }, smallest)).toEqual({
      price: 'tooCheap',
    })
    expect(invalidFields({ ...coffee, unit: 'kesCents', price: '100' }, smallest)).toEqual({})
  })

  it.each(['', '-1', '1.5', '1000001'])('%j is no stock', stock => {
    expect(invalidFields({ ...coffee, stock })).toEqual({ stock: 'stock' })
  })

  it('a product without a name cannot be sent', () => {
    expect(invalidFields({ ...coffee, title: '  ' })).toEqual({ title: 'title' })
  })
})

describe('the order of pictures', () => {
  it('changes by one place at a time, and not beyond the ends', () => {
    expect(reordered(['a', 'b', 'c'], 0, 1)).toEqual(['b', 'a', 'c'])
    expect(reordered(['a', 'b', 'c'], 0, -1)).toEqual(['a', 'b', 'c'])
    expect(reordered(['a', 'b', 'c'], 2, 1)).toEqual(['a', 'b', 'c'])
  })
})
