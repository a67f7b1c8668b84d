import { describe, expect, it } from 'vitest'
import { isSs58, sameAccount } from './address'

const WANJIRU = '5DhHzUebZ2rAkVXVhADpWURud7Va83nE7NVnLQE8QDFWRDTf'
const OTIENO_OF_POLKADOT = '15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5'

describe('an address', () => {
  it.each([WANJIRU, OTIENO_OF_POLKADOT])('of a Substrate chain is one: %s', address => {
    expect(isSs58(address)).toBe(true)
  })

  it.each([
    ['Ethereum', '0x71C7656EC7ab88b098defB751B7401B5f6d8976F'],
    ['TON', 'UQDYzZmfsrGzhObKJUw4gzdeIxEai3jAFbiGKGwxvxHinf4K'],
    ['Bitcoin', 'bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq'],
    ['old Bitcoin', '1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa'],
    ['Solana', '7EcDhSYGxXyscszYEp35KHN8vvw3svAuLKTzXwCFLtV'],
    ['a wrong letter', WANJIRU.replace('D', 'E')],
    ['an account index', 'F7Hs'],
    ['nothing', ''],
  ])('of another kind is none: %s', (_, address) => {
    expect(isSs58(address)).toBe(false)
  })

  it('is the same account under another prefix', () => {
    expect(sameAccount(OTIENO_OF_POLKADOT, '5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY')).toBe(true)
    expect(sameAccount(WANJIRU, OTIENO_OF_POLKADOT)).toBe(false)
  })
})
