import { describe, expect, it } from 'vitest'
import { formatMoney, kesCents, PLANCK_PER_DOT, parseAmount, planck, planckFromWei } from './money'

describe('formatMoney', () => {
  it.each([
    ['1', '0.0000000001 DOT'],
    ['24000000000', '2.4 DOT'],
    ['10000000000', '1 DOT'],
    ['12345678901234567', '1,234,567.8901234567 DOT'],
    [(10n ** 9n * PLANCK_PER_DOT).toString(), '1,000,000,000 DOT'],
    [(10n ** 9n * PLANCK_PER_DOT + 1n).toString(), '1,000,000,000.0000000001 DOT'],
    ['0', '0 DOT'],
    ['-5', '−0.0000000005 DOT'],
  ])('shows every planck of %s', (digits, shown) => {
    expect(formatMoney(planck(digits))).toBe(shown)
  })

  it.each([
    ['124800', 'KES 1,248'],
    ['1250', 'KES 12.50'],
    ['5', 'KES 0.05'],
    ['900719925474099301', 'KES 9,007,199,254,740,993.01'],
  ])('shows every cent of %s', (digits, shown) => {
    expect(formatMoney(kesCents(digits))).toBe(shown)
  })
})

describe('parseAmount of DOT', () => {
  it.each([
    ['2.4', 24_000_000_000n],
    ['0.0000000001', 1n],
    ['1,000', 10_000_000_000_000n],
    [' 7 ', 70_000_000_000n],
  ])('reads %s', (text, amount) => {
    expect(parseAmount('planck', text)).toBe(amount)
  })

  it.each(['', '.5', '1.', '-1', '1e3', '0.00000000001', '1 2'])('refuses %s', text => {
    expect(parseAmount('planck', text)).toBeUndefined()
  })

  it('reads back what formatMoney shows', () => {
    for (const amount of [1n, 10n ** 10n, 123_456_789_012n]) {
      expect(parseAmount('planck', formatMoney({ unit: 'planck', amount }).replace(' DOT', ''))).toBe(amount)
    }
  })
})

describe('planckFromWei', () => {
  it('converts whole planck only', () => {
    expect(planckFromWei(100_000_000n)).toBe(1n)
    expect(planckFromWei(100_000_001n)).toBeUndefined()
  })
})
