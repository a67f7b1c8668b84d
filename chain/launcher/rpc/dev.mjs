// Methods for tests: make blocks, move the head, the clock and the state by hand.

import { hex, unhex } from '../header.mjs'
import { BUILD_MODES } from '../chain.mjs'
import { blockAt, storageKey } from './context.mjs'

const MAX_BLOCKS_AT_ONCE = 10_000

function targetOf(chain, target) {
  if (typeof target === 'string') return blockAt(chain, target)
  if (!Number.isInteger(target)) throw new TypeError('dev_setHead takes a hash, a number, or how many blocks back')
  const number = target < 0 ? chain.head.number + target : target
  const block = chain.blockByNumber(number)
  if (!block) throw new TypeError(`there is no block #${number} below the head`)
  return block
}

export const devMethods = (chain) => ({
  /** [{count} | {to}]: that many blocks, the first with all that waits. Returns the last hash. */
  dev_newBlock: ([options]) => {
    const { count = 1, to, transactions = [] } = options ?? {}
    const missing = to === undefined ? count : to - chain.head.number
    if (!Number.isInteger(missing) || missing < 0 || missing > MAX_BLOCKS_AT_ONCE) {
      throw new TypeError(`cannot make ${missing} blocks at once`)
    }
    for (const bytes of transactions) chain.pool.submit(unhex(bytes))
    for (let made = 0; made < missing; made++) chain.buildBlock()
    return hex(chain.head.hash)
  },
  /** [hash | number | -n, {resubmit}]: `resubmit` lets dropped transactions wait again (default false). */
  dev_setHead: ([target, options]) => {
    const { resubmit = false } = options ?? {}
    if (typeof resubmit !== 'boolean') throw new TypeError('dev_setHead: resubmit is true or false')
    const block = targetOf(chain, target)
    chain.setHead(block, { resubmit })
    return hex(block.hash)
  },
  /** [blocks]: until the launcher ends. Returns the hash of the finalized head. */
  dev_setFinalityLag: ([blocks]) => {
    chain.finalityLag = blocks
    return hex(chain.finalized.hash)
  },
  /** [ms since 1970 | date]: returns the time that was set. */
  dev_timeTravel: ([time]) => {
    const target = typeof time === 'string' ? Date.parse(time) : time
    if (!Number.isSafeInteger(target) || target < 0) throw new TypeError(`not a time: ${time}`)
    return chain.travelTo(target)
  },
  /** ['Instant' | 'Batch' | 'Manual'], in any case. */
  dev_setBlockBuildMode: ([mode]) => {
    const wanted = String(mode).toLowerCase()
    if (!BUILD_MODES.includes(wanted)) throw new TypeError(`unknown build mode: ${mode}`)
    chain.mode = wanted
    return null
  },
  /** [[[key, value or null], …]]: changes the head's state, without a block. Returns its hash. */
  dev_setStorage: ([changes]) => {
    if (!Array.isArray(changes)) throw new TypeError('dev_setStorage takes a list of [key, value]')
    chain.overwriteState(changes.map(([key, value]) =>
      [storageKey(key), value === null ? null : unhex(value)]))
    return hex(chain.head.hash)
  },
})
