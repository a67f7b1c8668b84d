import { describe, expect, it } from 'vitest'
import { formatMoney, kesCents, planck } from '@/money/money'
import { convertApproximately } from './queries'

const rate = { kesCentsPerDot: '52000', spreadBps: 0, source: 'test', at: '2026-11-25T00:00:00Z' }

describe('aboutInOtherCurrency', () => {
  it('shows DOT in whole shillings', () => {
    expect(formatMoney(convertApproximately(planck('24000000000'), rate))).toBe('KES 1,248')
  })

  it('shows shillings in thousandths of a DOT', () => {
    expect(formatMoney(convertApproximately(kesCents('100000'), rate))).toBe('1.923 DOT')
  })

  it('loses nothing to floating point with a thousand million DOT', () => {
    expect(formatMoney(convertApproximately(planck('10000000000000000001'), rate))).toBe(
      'KES 520,000,000,000',
    )
  })
})
