/** Money as integers: a `number` would lose planck above nine million DOT. */

export const PLANCK_PER_DOT = 10_000_000_000n
/** The contract counts a DOT in 10^18, the chain in 10^10. */
export const WEI_PER_PLANCK = 100_000_000n

/** The units that the API counts money in, in the order in which sellers see them. */
export const UNITS = ['kesCents', 'planck'] as const
export type Unit = (typeof UNITS)[number]

export interface Money {
  unit: Unit
  amount: bigint
}

interface UnitRules {
  /** Format an amount without its currency, with every significant digit. */
  format(amount: bigint): string
  withCurrency(formatted: string): string
  /** Parse an amount as people type it; undefined for a text that is no payable amount. */
  parse(text: string): bigint | undefined
  /** The smallest amount that can be paid out. */
  smallestPayable: bigint
}

const RULES: Record<Unit, UnitRules> = {
  planck: {
    format: amount => decimal(amount, 10).replace(/\.?0+$/, ''),
    withCurrency: formatted => `${formatted} DOT`,
    parse: parseDot,
    smallestPayable: 1n,
  },
  kesCents: {
    format: amount => decimal(amount, 2).replace(/\.00$/, ''),
    withCurrency: formatted => `KES ${formatted}`,
    parse: parseShillings,
    smallestPayable: 100n, // M-Pesa pays no cents
  },
}
const GROUP = /\B(?=(\d{3})+$)/g

export const planck = (digits: string): Money => ({ unit: 'planck', amount: BigInt(digits) })
export const kesCents = (digits: string): Money => ({ unit: 'kesCents', amount: BigInt(digits) })

/** Return the amount of an API view, which has a field for each unit and a value in one of them. */
export function moneyOf(digits: Record<Unit, string | null>): Money {
  for (const unit of UNITS) {
    const found = digits[unit]
    if (found !== null) return { unit, amount: BigInt(found) }
  }
  throw new RangeError('no amount in any unit')
}

/** Format every significant digit: `2.4 DOT`, `KES 1,248`, `KES 12.50`. */
export function formatMoney({ unit, amount }: Money): string {
  return RULES[unit].withCurrency(RULES[unit].format(amount))
}

/** Format an amount without its currency. */
export function formatAmount({ unit, amount }: Money): string {
  return RULES[unit].format(amount)
}

/** Parse an amount as people type it; undefined for a text that is no payable amount. */
export function parseAmount(unit: Unit, text: string): bigint | undefined {
  return RULES[unit].parse(text)
}

/** Return the smallest amount that can be paid out in a unit. */
export function smallestPayable(unit: Unit): bigint {
  return RULES[unit].smallestPayable
}

/** Convert wei of the contract to planck of the chain; undefined for an amount finer than a planck. */
export function planckFromWei(wei: bigint): bigint | undefined {
  return wei % WEI_PER_PLANCK === 0n ? wei / WEI_PER_PLANCK : undefined
}

/** Parse `2.4` to planck; undefined for a text that is no amount, or finer than a planck. */
function parseDot(text: string): bigint | undefined {
  const found = /^(\d{1,9})(?:\.(\d{1,10}))?$/.exec(text.trim().replaceAll(',', ''))
  if (found === null) return undefined
  return BigInt(found[1] + (found[2] ?? '').padEnd(10, '0'))
}

/** Parse `1,500` to cents; undefined for a text that is no whole number of shillings. */
function parseShillings(text: string): bigint | undefined {
  const digits = text.trim().replaceAll(',', '')
  return /^\d{1,9}$/.test(digits) ? BigInt(digits) * 100n : undefined
}

function decimal(amount: bigint, decimals: number): string {
  const sign = amount < 0n ? '−' : ''
  const digits = (amount < 0n ? -amount : amount).toString().padStart(decimals + 1, '0')
  return `${sign}${digits.slice(0, -decimals).replace(GROUP, ',')}.${digits.slice(-decimals)}`
}
