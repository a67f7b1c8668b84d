/** CIDs as the contract stores them: the 32 bytes of their SHA-256 digest, as 0x and hex digits. */

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'
/** CIDv1, and a SHA-256 multihash of 32 bytes; the codec between them is one byte, raw or dag-pb. */
const VERSION = 0x01
const SHA_256 = [0x12, 0x20] as const
const RAW = 0x55
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

/** Return the raw CID of a digest, by which the gateway serves it; undefined for an empty digest. */
export function rawCidOfDigest(digest: string): string | undefined {
  const hex = digest.replace(/^0x/, '')
  if (hex.length !== DIGEST_BYTES * 2 || /^0*$/.test(hex)) return undefined
  const bytes = hex.match(/../g)?.map(pair => Number.parseInt(pair, 16)) ?? []
  return `b${toBase32([VERSION, RAW, ...SHA_256, ...bytes])}`
}

function toBase32(bytes: number[]): string {
  let text = ''
  let [bits, held] = [0, 0]
  for (const byte of bytes) {
    held = (held << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += ALPHABET[(held >> bits) & 31]
      held &= (1 << bits) - 1
    }
  }
  return bits === 0 ? text : text + ALPHABET[(held << (5 - bits)) & 31]
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
