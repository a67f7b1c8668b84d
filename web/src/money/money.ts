/** Money as integers: a `number` would lose planck above nine million DOT. */

export const PLANCK_PER_DOT = 10_000_000_000n
/** The contract counts a DOT in 10^18, the chain in 10^10. */
export const WEI_PER_PLANCK = 100_000_000n

const DOT_DECIMALS = 10
const CENTS_DECIMALS = 2
const GROUP = /\B(?=(\d{3})+$)/g

export type Money = { unit: 'planck'; amount: bigint } | { unit: 'kesCents'; amount: bigint }

export const planck = (digits: string): Money => ({ unit: 'planck', amount: BigInt(digits) })
export const kesCents = (digits: string): Money => ({ unit: 'kesCents', amount: BigInt(digits) })

/** Format every significant digit: `2.4 DOT`, `KES 1,248`, `KES 12.50`. */
export function formatMoney(money: Money): string {
  return money.unit === 'planck' ? `${formatAmount(money)} DOT` : `KES ${formatAmount(money)}`
}

/** Format an amount without its currency. */
export function formatAmount(money: Money): string {
  switch (money.unit) {
    case 'planck':
      return decimal(money.amount, DOT_DECIMALS, { keepZeros: false })
    case 'kesCents':
      return decimal(money.amount, CENTS_DECIMALS, { keepZeros: true }).replace(/\.00$/, '')
  }
}

/** Parse `2.4` to planck; undefined for a text that is no amount, or finer than a planck. */
export function parseDot(text: string): bigint | undefined {
  const found = /^(\d{1,9})(?:\.(\d{1,10}))?$/.exec(text.trim().replaceAll(',', ''))
  if (found === null) return undefined
  return BigInt(found[1] + (found[2] ?? '').padEnd(DOT_DECIMALS, '0'))
}

/** Parse `1,500` to cents; undefined for a text that is no whole number of shillings. */
export function parseShillings(text: string): bigint | undefined {
  const digits = text.trim().replaceAll(',', '')
  return /^\d{1,9}$/.test(digits) ? BigInt(digits) * 100n : undefined
}

/** Convert wei of the contract to planck of the chain; undefined for an amount finer than a planck. */
export function planckFromWei(wei: bigint): bigint | undefined {
  return wei % WEI_PER_PLANCK === 0n ? wei / WEI_PER_PLANCK : undefined
}

function decimal(amount: bigint, decimals: number, { keepZeros }: { keepZeros: boolean }): string {
  const sign = amount < 0n ? '−' : ''
  const digits = (amount < 0n ? -amount : amount).toString().padStart(decimals + 1, '0')
  const whole = digits.slice(0, -decimals).replace(GROUP, ',')
  const part = keepZeros ? digits.slice(-decimals) : digits.slice(-decimals).replace(/0+$/, '')
  return sign + whole + (part === '' ? '' : `.${part}`)
}
