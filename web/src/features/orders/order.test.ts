import { describe, expect, it } from 'vitest'
import type { Money } from '@/money/money'
import { splitAmount } from './order'

const dot = (amount: bigint): Money => ({ unit: 'planck', amount })
const kes = (amount: bigint): Money => ({ unit: 'kesCents', amount })

describe('money that is divided', () => {
  it.each([dot(1n), dot(3n), dot(10n ** 19n + 7n), kes(100n), kes(99_900n)])(
    'adds up to the whole for every share',
    whole => {
      for (let buyerBps = 0; buyerBps <= 10_000; buyerBps += 7) {
        const { toBuyer, toSeller } = splitAmount(whole, buyerBps)
        expect(toBuyer.amount + toSeller.amount).toBe(whole.amount)
        expect(toBuyer.amount >= 0n && toSeller.amount >= 0n).toBe(true)
      }
    },
  )

  it('gives a planck that cannot be divided to the buyer', () => {
    expect(splitAmount(dot(1n), 5_000)).toEqual({ toBuyer: dot(1n), toSeller: dot(0n) })
  })

  it('pays no part of a shilling', () => {
    expect(splitAmount(kes(10_100n), 5_000)).toEqual({ toBuyer: kes(5_100n), toSeller: kes(5_000n) })
  })
})
