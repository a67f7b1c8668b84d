// Uncommitted changes over a stored state, with the nested transactions a runtime asks for.
//
// Keys are strings of one character per byte ("latin1"), so that they can be compared and put into
// maps; values are byte arrays, and `null` in a layer means deleted.

import { compact, Reader } from './scale.mjs'

const CHILD_PREFIX = ':child_storage:default:'

/**
 * Where the key of a contract's own trie lives in the one flat key space. The length keeps two
 * tries apart when the name of one begins with the name of the other.
 */
export const childPrefix = (childId) =>
  CHILD_PREFIX + String.fromCharCode(childId.length >> 8, childId.length & 0xff) + childId

export const isChildKey = (key) => key.startsWith(CHILD_PREFIX)

const isSame = (value, stored) =>
  value === null || stored === undefined
    ? value === null && stored === undefined
    : Buffer.compare(value, stored) === 0

export class Overlay {
  #state
  #layers = [new Map()]

  /** `state` answers `get(key)` and `nextKey(key)`; it is never written to. */
  constructor(state) {
    this.#state = state
  }

  get state() {
    return this.#state
  }

  get(key) {
    for (let i = this.#layers.length - 1; i >= 0; i--) {
      const value = this.#layers[i].get(key)
      if (value !== undefined) return value ?? undefined
    }
    return this.#state.get(key)
  }

  set(key, value) {
    this.#layers.at(-1).set(key, value)
  }

  clear(key) {
    this.#layers.at(-1).set(key, null)
  }

  /** Add one encoded item to an encoded list; what is not a list is replaced by one of one item. */
  append(key, item) {
    const list = this.get(key)
    if (list === undefined) return this.set(key, Buffer.concat([compact(1), item]))
    try {
      const reader = new Reader(Buffer.from(list.buffer, list.byteOffset, list.length))
      const length = reader.compact()
      this.set(key, Buffer.concat([compact(length + 1), list.subarray(reader.at), item]))
    } catch {
      this.set(key, Buffer.concat([compact(1), item]))
    }
  }

  /** The first key after `key` that has a value, in byte order. */
  nextKey(key) {
    let stored = this.#state.nextKey(key)
    while (stored !== undefined && this.get(stored) === undefined) stored = this.#state.nextKey(stored)

    let best = stored
    for (const layer of this.#layers) {
      for (const candidate of layer.keys()) {
        if (candidate <= key || (best !== undefined && candidate >= best)) continue
        if (this.get(candidate) !== undefined) best = candidate
      }
    }
    return best
  }

  /**
   * Delete the keys under `prefix`: all that are only here, and at most `limit` that are stored.
   * Tells how many were deleted and whether any are left.
   */
  clearPrefix(prefix, limit = Infinity) {
    let deleted = 0
    for (const key of new Set(this.#layers.flatMap((layer) => [...layer.keys()]))) {
      if (!key.startsWith(prefix) || this.get(key) === undefined) continue
      if (this.#state.get(key) === undefined) {
        this.clear(key)
        deleted++
      }
    }
    let stored = 0
    let key = this.#state.get(prefix) === undefined ? this.#state.nextKey(prefix) : prefix
    for (; key !== undefined && key.startsWith(prefix); key = this.#state.nextKey(key)) {
      if (this.get(key) === undefined) continue
      if (stored === limit) return { deleted: deleted + stored, isComplete: false }
      this.clear(key)
      stored++
    }
    return { deleted: deleted + stored, isComplete: true }
  }

  get depth() {
    return this.#layers.length
  }

  startTransaction() {
    this.#layers.push(new Map())
  }

  commitTransaction() {
    const layer = this.#popLayer()
    const below = this.#layers.at(-1)
    for (const [key, value] of layer) below.set(key, value)
  }

  rollbackTransaction() {
    this.#popLayer()
  }

  #popLayer() {
    if (this.#layers.length === 1) throw new Error('overlay: no transaction is open')
    return this.#layers.pop()
  }

  /** Drop what a trapped call left open, down to the depth that was noted before it. */
  rollbackTo(depth) {
    while (this.#layers.length > depth) this.#layers.pop()
  }

  /** What differs from the stored state, as [key, value or null] in byte order. No transaction may be open. */
  changes() {
    if (this.#layers.length !== 1) throw new Error('overlay: a transaction is still open')
    return [...this.#layers[0]]
      .filter(([key, value]) => !isSame(value, this.#state.get(key)))
      .sort(([a], [b]) => (a < b ? -1 : 1))
  }
}
