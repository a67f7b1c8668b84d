/** What is paid for a price in the other currency. The shop's quotes (`payments/quotes.py`) compute the same. */
import { type Money, PLANCK_PER_DOT } from '@/money/money'
import type { Rate } from './queries'

const WHOLE_BPS = 10_000n
const CENTS_PER_SHILLING = 100n
/** Quotes in DOT have at most four decimals. */
const QUOTE_STEP_PLANCK = 1_000_000n

export type Exchange = Pick<Rate, 'kesCentsPerDot' | 'spreadBps'>

/** Convert a price into the other currency at the rate, with the spread, rounded up as a quote is. */
export function payableFor(price: Money, { kesCentsPerDot, spreadBps }: Exchange): Money {
  const centsPerDot = BigInt(kesCentsPerDot)
  const withSpread = WHOLE_BPS + BigInt(spreadBps)
  switch (price.unit) {
    case 'planck': {
      const unit = PLANCK_PER_DOT * WHOLE_BPS * CENTS_PER_SHILLING
      const shillings = dividedUp(price.amount * centsPerDot * withSpread, unit)
      return { unit: 'kesCents', amount: shillings * CENTS_PER_SHILLING }
    }
    case 'kesCents': {
      const unit = centsPerDot * WHOLE_BPS * QUOTE_STEP_PLANCK
      const steps = dividedUp(price.amount * PLANCK_PER_DOT * withSpread, unit)
      return { unit: 'planck', amount: steps * QUOTE_STEP_PLANCK }
    }
  }
}

/** Format basis points as percent: 200 is `2`, 25 is `0.25`. */
export function percentOf(bps: number): string {
  return String(bps / 100)
}

function dividedUp(dividend: bigint, divisor: bigint): bigint {
  return (dividend + divisor - 1n) / divisor
}
