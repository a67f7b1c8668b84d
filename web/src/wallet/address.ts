import { AccountId } from 'polkadot-api'

/** Return true where two addresses belong to one account, whatever their prefixes. */
export function sameAccount(one: string, other: string): boolean {
  const [first, second] = [publicKeyOf(one), publicKeyOf(other)]
  return first.length === second.length && first.every((byte, index) => byte === second[index])
}

/** Return false for what is no account of a Substrate chain: the shop cannot verify its signatures. */
export function isSs58(address: string): boolean {
  try {
    publicKeyOf(address)
    return true
  } catch {
    return false
  }
}

function publicKeyOf(address: string): Uint8Array {
  return AccountId().enc(address)
}
