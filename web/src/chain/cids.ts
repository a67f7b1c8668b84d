/** CIDs as the contract stores them: the 32 bytes of their SHA-256 digest, as 0x and hex digits. */

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'
/** CIDv1, and a SHA-256 multihash of 32 bytes; the codec between them is one byte, raw or dag-pb. */
const VERSION = 0x01
const SHA_256 = [0x12, 0x20] as const
const DIGEST_BYTES = 32

export const NO_DIGEST = `0x${'00'.repeat(DIGEST_BYTES)}` as const

export type Digest = `0x${string}`

/** Return the digest in a CID. Throws RangeError for a text that is no base32 CIDv1 with a SHA-256 digest. */
export function digestOfCid(cid: string): Digest {
  const bytes = cid.startsWith('b') ? fromBase32(cid.slice(1)) : []
  const isCidV1 = bytes.length === DIGEST_BYTES + 4 && bytes[0] === VERSION && bytes[2] === SHA_256[0]
  if (!isCidV1 || bytes[3] !== SHA_256[1]) throw new RangeError(`not a CIDv1 with a SHA-256 digest: ${cid}`)
  return `0x${bytes
    .slice(4)
    .map(byte => byte.toString(16).padStart(2, '0'))
    .join('')}`
}

function fromBase32(text: string): number[] {
  const bytes: number[] = []
  let [bits, held] = [0, 0]
  for (const letter of text) {
    const value = ALPHABET.indexOf(letter)
    if (value < 0) return []
    held = (held << 5) | value
    bits += 5
    if (bits >= 8) {
      bits -= 8
      bytes.push(held >> bits)
      held &= (1 << bits) - 1
    }
  }
  return bytes
}
