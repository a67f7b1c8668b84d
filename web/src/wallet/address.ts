import { AccountId } from 'polkadot-api'

/** Whether two addresses are of one account, whatever prefix each is written with. */
export function sameAccount(one: string, other: string): boolean {
  const [first, second] = [publicKeyOf(one), publicKeyOf(other)]
  return first.length === second.length && first.every((byte, place) => byte === second[place])
}

function publicKeyOf(address: string): Uint8Array {
  return AccountId().enc(address)
}
