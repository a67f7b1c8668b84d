import { expect, it } from 'vitest'
import { isCovered, type Proof } from './proof'

const books = (held: bigint, credits: bigint, balance: bigint): Proof => ({
  block: 1,
  contractAddress: '0x',
  held,
  credits,
  balance,
})

it('what is owed to the last planck is covered', () => {
  expect(isCovered(books(10n ** 19n, 1n, 10n ** 19n + 1n))).toBe(true)
})

it('one planck too little is not', () => {
  expect(isCovered(books(10n ** 19n, 1n, 10n ** 19n))).toBe(false)
})
