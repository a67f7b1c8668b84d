import { describe, expect, it } from 'vitest'
import { formatMoney, kesCents, planck } from '@/money/money'
import table from '../../../../tests/payments/payable.json' with { type: 'json' }
import { payableFor, percentOf } from './payable'

const rate = { kesCentsPerDot: '52000', spreadBps: 200 }

describe('payableFor', () => {
  it('has every figure that the shop quotes, asks for and books', () => {
    expect(table.cases).toHaveLength(500)
    for (const { pricePlanck, priceKesCents, payable, ...exchange } of table.cases) {
      const price = pricePlanck === null ? kesCents(priceKesCents ?? '') : planck(pricePlanck)
      expect(payableFor(price, exchange).amount.toString()).toBe(payable)
    }
  })

  it('shows DOT in whole shillings, with the spread, rounded up', () => {
    expect(formatMoney(payableFor(planck('24000000000'), rate))).toBe('KES 1,273')
  })

  it('shows shillings in DOT with four decimals at most, rounded up', () => {
    expect(formatMoney(payableFor(kesCents('100000'), rate))).toBe('1.9616 DOT')
  })

  it('loses nothing to floating point with a thousand million DOT', () => {
    const exact = { kesCentsPerDot: '52000', spreadBps: 0 }
    expect(formatMoney(payableFor(planck('10000000000000000001'), exact))).toBe('KES 520,000,000,001')
  })
})

it.each([
  [200, '2'],
  [25, '0.25'],
  [150, '1.5'],
])('percentOf %d is %s', (bps, text) => {
  expect(percentOf(bps)).toBe(text)
})
