// Root hashes of Substrate's base-16 Merkle-Patricia trie, over a complete list of entries.

import { compact } from './scale.mjs'

/** From this length on, layout version 1 puts a value's hash into the node, not the value. */
const HASHED_VALUE_LENGTH = 33

const nibblesOf = (key) => {
  const nibbles = new Uint8Array(key.length * 2)
  key.forEach((byte, i) => {
    nibbles[2 * i] = byte >> 4
    nibbles[2 * i + 1] = byte & 15
  })
  return nibbles
}

/** First byte: the kind in the high bits, as much of the length as fits in the low ones. */
function nodeHeader(kind, kindBits, length) {
  const mask = 0xff >> kindBits
  if (length < mask) return Buffer.from([kind | length])
  const out = [kind | mask]
  let rest = length - mask
  for (; rest >= 255; rest -= 255) out.push(255)
  out.push(rest)
  return Buffer.from(out)
}

function packNibbles(nibbles) {
  const out = Buffer.alloc(Math.ceil(nibbles.length / 2))
  const odd = nibbles.length % 2
  if (odd) out[0] = nibbles[0]
  for (let i = odd; i < nibbles.length; i += 2) out[(i + odd) / 2] = (nibbles[i] << 4) | nibbles[i + 1]
  return out
}

/** The bytes of the node for entries `from` to `to`, which have their first `depth` nibbles in common. */
function encodeNode(entries, from, to, depth, layout) {
  const first = entries[from].nibbles
  const last = entries[to - 1].nibbles
  let end = depth
  // Entries are sorted: what the first and the last have in common, all have in common.
  while (end < first.length && end < last.length && first[end] === last[end]) end++

  // A single entry is a leaf: the loop above has run to the end of its key.
  const isLeaf = to - from === 1
  const value = first.length === end ? entries[from].value : undefined
  const isHashed = value !== undefined && layout.version === 1 && value.length >= HASHED_VALUE_LENGTH
  const partial = first.subarray(depth, end)
  const parts = [header({ isLeaf, value, isHashed }, partial.length), packNibbles(partial)]
  if (!isLeaf) {
    const { bitmap, children } = encodeChildren(entries, value === undefined ? from : from + 1, to, end, layout)
    parts.push(Buffer.from([bitmap & 0xff, bitmap >> 8]), ...storedValue(value, isHashed, layout), ...children)
  } else {
    parts.push(...storedValue(value, isHashed, layout))
  }
  return Buffer.concat(parts)
}

function header({ isLeaf, value, isHashed }, length) {
  if (isLeaf) return isHashed ? nodeHeader(0x20, 3, length) : nodeHeader(0x40, 2, length)
  if (value === undefined) return nodeHeader(0x80, 2, length)
  return isHashed ? nodeHeader(0x10, 4, length) : nodeHeader(0xc0, 2, length)
}

function storedValue(value, isHashed, { hash }) {
  if (value === undefined) return []
  return isHashed ? [hash(value)] : [compact(value.length), value]
}

/** One child for each nibble that occurs after the common part; a large one is named by its hash. */
function encodeChildren(entries, from, to, end, layout) {
  let bitmap = 0
  const children = []
  for (let at = from; at < to; ) {
    const nibble = entries[at].nibbles[end]
    let next = at + 1
    while (next < to && entries[next].nibbles[end] === nibble) next++
    bitmap |= 1 << nibble
    const child = encodeNode(entries, at, next, end + 1, layout)
    const reference = child.length < 32 ? child : layout.hash(child)
    children.push(compact(reference.length), reference)
    at = next
  }
  return { bitmap, children }
}

/** Root of the trie that holds `entries`, an array of [key, value] in any order. */
export function trieRoot(entries, version, hash) {
  if (entries.length === 0) return hash(Buffer.from([0]))
  const sorted = entries
    .map(([key, value]) => ({ key: Buffer.from(key), value: Buffer.from(value) }))
    .sort((a, b) => Buffer.compare(a.key, b.key))
    .map(({ key, value }) => ({ nibbles: nibblesOf(key), value }))
  return hash(encodeNode(sorted, 0, sorted.length, 0, { version, hash }))
}

/** Root of a list: the keys are the compact-encoded positions. */
export const orderedTrieRoot = (values, version, hash) =>
  trieRoot(values.map((value, i) => [compact(i), value]), version, hash)
