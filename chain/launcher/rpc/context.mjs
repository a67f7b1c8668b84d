// What the groups of RPC methods share: finding blocks, runtime versions, addresses.

import { blake2b512 } from '../hashing.mjs'
import { hex, unhex } from '../header.mjs'
import { childPrefix, isChildKey } from '../overlay.mjs'
import { Reader } from '../scale.mjs'

const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
const CHILD_ROOT_PREFIX = Buffer.from(':child_storage:default:')

const hashFrom = (text) => {
  const hash = unhex(text)
  if (hash.length !== 32) throw new TypeError(`not a block hash: ${text}`)
  return hash
}

/** The block with that hash, or the head if none is given; unknown hashes are an error. */
export function blockAt(chain, hash) {
  if (hash === undefined || hash === null) return chain.head
  const block = chain.blockByHash(hashFrom(hash))
  if (!block) throw new TypeError(`unknown block: ${hash}`)
  return block
}

export const findBlock = (chain, hash) => chain.blockByHash(hashFrom(hash))

/** A storage key from RPC, in the form the store keeps it. */
export const storageKey = (text) => unhex(text).latin1Slice()
export const keyHex = (key) => hex(Buffer.from(key, 'latin1'))

/** Prefix of a contract's own trie, whose name RPC gives with or without Substrate's marker. */
export function childTriePrefix(text) {
  const name = unhex(text)
  const isMarked = name.subarray(0, CHILD_ROOT_PREFIX.length).equals(CHILD_ROOT_PREFIX)
  return childPrefix((isMarked ? name.subarray(CHILD_ROOT_PREFIX.length) : name).latin1Slice())
}

/** Keys with values under `prefix`, after `start`, in order; never those of contracts' own tries. */
export function* keysUnder(state, prefix, start = '') {
  const isChild = isChildKey(prefix)
  let key = start > prefix ? state.nextKey(start) : prefix
  if (key === prefix && state.get(prefix) === undefined) key = state.nextKey(prefix)
  for (; key !== undefined && key.startsWith(prefix); key = state.nextKey(key)) {
    if (isChild || !isChildKey(key)) yield key
  }
}

export function runtimeVersion(chain, block) {
  const reader = new Reader(chain.callRuntime(block, 'Core_version'))
  const version = {
    specName: reader.text(),
    implName: reader.text(),
    authoringVersion: reader.u32(),
    specVersion: reader.u32(),
    implVersion: reader.u32(),
    apis: Array.from({ length: reader.compact() }, () => [hex(reader.take(8)), reader.u32()]),
    transactionVersion: reader.u32(),
  }
  version.stateVersion = reader.u8()
  return version
}

/** Public key from an SS58 address of any prefix, or from plain hexadecimal. */
export function accountId(address) {
  if (typeof address === 'string' && address.startsWith('0x')) {
    const key = unhex(address)
    if (key.length !== 32) throw new TypeError(`not an account: ${address}`)
    return key
  }
  let number = 0n
  for (const letter of String(address)) {
    const digit = ALPHABET.indexOf(letter)
    if (digit === -1) throw new TypeError(`not an address: ${address}`)
    number = number * 58n + BigInt(digit)
  }
  const digits = number.toString(16)
  const decoded = Buffer.from(digits.length % 2 ? `0${digits}` : digits, 'hex')
  // A prefix of 0 is a leading zero byte, which the number above has lost.
  const bytes = Buffer.concat([Buffer.alloc(Math.max(0, 35 - decoded.length)), decoded])
  const body = bytes.subarray(0, -2)
  const checksum = blake2b512(Buffer.concat([Buffer.from('SS58PRE'), body])).subarray(0, 2)
  if (body.length < 33 || body.length > 34 || !bytes.subarray(-2).equals(checksum)) {
    throw new TypeError(`not an address: ${address}`)
  }
  return Buffer.from(body.subarray(-32))
}
