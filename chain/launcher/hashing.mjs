// The hash functions a Substrate runtime asks its host for.

import { blake2b } from '@noble/hashes/blake2.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { keccak_256, keccak_512 } from '@noble/hashes/sha3.js'

export const blake2b256 = (data) => Buffer.from(blake2b(data, { dkLen: 32 }))
export const blake2b128 = (data) => blake2b(data, { dkLen: 16 })
export const blake2b512 = (data) => blake2b(data, { dkLen: 64 })
export { keccak_256 as keccak256, keccak_512 as keccak512, sha256 }

const MASK = (1n << 64n) - 1n
const PRIME_1 = 0x9e3779b185ebca87n
const PRIME_2 = 0xc2b2ae3d27d4eb4fn
const PRIME_3 = 0x165667b19e3779f9n
const PRIME_4 = 0x85ebca77c2b2ae63n
const PRIME_5 = 0x27d4eb2f165667c5n

const rotateLeft = (x, bits) => ((x << bits) | (x >> (64n - bits))) & MASK
const round = (lane, input) => (rotateLeft((lane + input * PRIME_2) & MASK, 31n) * PRIME_1) & MASK
const mergeLane = (hash, lane) => ((hash ^ round(0n, lane)) * PRIME_1 + PRIME_4) & MASK

function xxhash64(data, seed) {
  const view = new DataView(data.buffer, data.byteOffset, data.length)
  let at = 0
  let hash
  if (data.length >= 32) {
    let a = (seed + PRIME_1 + PRIME_2) & MASK
    let b = (seed + PRIME_2) & MASK
    let c = seed
    let d = (seed - PRIME_1) & MASK
    for (; at + 32 <= data.length; at += 32) {
      a = round(a, view.getBigUint64(at, true))
      b = round(b, view.getBigUint64(at + 8, true))
      c = round(c, view.getBigUint64(at + 16, true))
      d = round(d, view.getBigUint64(at + 24, true))
    }
    hash = (rotateLeft(a, 1n) + rotateLeft(b, 7n) + rotateLeft(c, 12n) + rotateLeft(d, 18n)) & MASK
    for (const lane of [a, b, c, d]) hash = mergeLane(hash, lane)
  } else {
    hash = (seed + PRIME_5) & MASK
  }

  hash = (hash + BigInt(data.length)) & MASK
  for (; at + 8 <= data.length; at += 8) {
    hash = (rotateLeft(hash ^ round(0n, view.getBigUint64(at, true)), 27n) * PRIME_1 + PRIME_4) & MASK
  }
  if (at + 4 <= data.length) {
    hash ^= (BigInt(view.getUint32(at, true)) * PRIME_1) & MASK
    hash = (rotateLeft(hash, 23n) * PRIME_2 + PRIME_3) & MASK
    at += 4
  }
  for (; at < data.length; at++) {
    hash ^= (BigInt(data[at]) * PRIME_5) & MASK
    hash = (rotateLeft(hash, 11n) * PRIME_1) & MASK
  }

  hash = ((hash ^ (hash >> 33n)) * PRIME_2) & MASK
  hash = ((hash ^ (hash >> 29n)) * PRIME_3) & MASK
  return hash ^ (hash >> 32n)
}

/** Substrate's "twox": `bits / 64` rounds of xxHash64, seeded 0, 1, 2, 3. */
export function twox(data, bits) {
  const out = Buffer.alloc(bits / 8)
  for (let i = 0; i < bits / 64; i++) out.writeBigUInt64LE(xxhash64(data, BigInt(i)), i * 8)
  return out
}
