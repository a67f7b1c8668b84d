// The chain: makes blocks by calling the runtime, keeps the head, and tells of new heads.
//
// The finalized head is the ancestor of the head `finalityLag` blocks below it, and never falls while
// the head stays on top of it. A head elsewhere takes finality back to where the branches part, which
// a real chain does not do.

import { EventEmitter } from 'node:events'
import { Executor } from './executor.mjs'
import { blake2b256, twox } from './hashing.mjs'
import { decodeHeader, encodeHeader, hashOf, hex, splitBody, unhex } from './header.mjs'
import { Overlay } from './overlay.mjs'
import { Pool, readValidityError, transactionHash } from './pool.mjs'
import { compact, prefixed, Reader } from './scale.mjs'
import { trieRoot } from './trie.mjs'

const STATE_VERSION = 1
const ZERO_HASH = Buffer.alloc(32)
const EXTERNAL_SOURCE = Buffer.from([2])
/** The identifier under which pallet-timestamp looks for the time of a block. */
const TIMESTAMP_INHERENT = Buffer.from('timstap0')
const TIMESTAMP_NOW = Buffer.concat([
  twox(Buffer.from('Timestamp'), 128),
  twox(Buffer.from('Now'), 128),
]).latin1Slice()

/** In batch mode a block waits this long for a pause in the submissions, but not longer than … */
const BATCH_PAUSE_MS = 100
const BATCH_LIMIT_MS = 1000

export const BUILD_MODES = ['instant', 'batch', 'manual']

const u64 = (value) => {
  const out = Buffer.alloc(8)
  out.writeBigUInt64LE(BigInt(value))
  return out
}

/**
 * Stands in the header where a chain with a full trie has its root. It binds a block to every
 * change that led to its state, but no proof can be drawn from it.
 */
function stateCommitment(parentRoot, changes) {
  const parts = [parentRoot]
  for (const [key, value] of changes) {
    parts.push(prefixed(Buffer.from(key, 'latin1')), value === null ? Buffer.from([0]) : prefixed(value))
  }
  return blake2b256(Buffer.concat(parts))
}

/**
 * Calls its `head` listeners with (block, { enacted, retracted, isRollback }) once a block is stored
 * as the head: the blocks that joined the best branch, oldest first, those that left it, newest first,
 * and whether final ones are among these. Then, if that moved finality, its `finalized` listeners with
 * (block, the newly finalized blocks, oldest first).
 */
export class Chain extends EventEmitter {
  #store
  #executor
  #log
  #head
  #finalized
  #finalityLag = 0
  #mode
  #scheduled
  #batchStart

  constructor({ store, genesis, mode, finalityLag, log }) {
    super()
    this.setMaxListeners(0)
    this.#store = store
    this.#executor = new Executor(log)
    this.#log = log
    this.#mode = mode
    this.properties = genesis.properties
    this.name = genesis.name
    this.pool = new Pool((bytes) =>
      this.callRuntime(this.#head, 'TaggedTransactionQueue_validate_transaction',
        Buffer.concat([EXTERNAL_SOURCE, bytes, this.#head.hash])))
    this.#open(genesis)
    this.finalityLag = finalityLag
  }

  #open(genesis) {
    const block = genesisBlock(genesis)
    const stored = this.#store.blockByNumber(0) ?? this.#store.addBlock(block, undefined, 0)
    if (!stored.hash.equals(block.hash)) {
      throw new Error(
        `the database holds another chain: its genesis is ${hex(stored.hash)}, not ${hex(block.hash)}`)
    }
    this.genesisHash = stored.hash
    this.#head = this.#store.head
    this.#finalized = this.#store.finalized
    // Before the first block the chain's time is 1970, which no contract should ever see: it is made,
    // and final, before any lag counts.
    if (this.#head.number === 0) this.buildBlock()
  }

  get head() {
    return this.#head
  }

  get finalized() {
    return this.#finalized
  }

  /** A smaller lag finalizes at once what it no longer holds back; a larger one takes nothing back. */
  set finalityLag(lag) {
    if (!Number.isSafeInteger(lag) || lag < 0) throw new TypeError(`not a number of blocks: ${lag}`)
    this.#finalityLag = lag
    this.#store.putFinalized(this.#finalNumber(this.#head.number, this.#head))
    this.#tellOfFinality(this.#head)
  }

  get mode() {
    return this.#mode
  }

  set mode(mode) {
    if (!BUILD_MODES.includes(mode)) throw new TypeError(`unknown build mode: ${mode}`)
    this.#mode = mode
    this.#scheduleIfAnyWait()
  }

  blockByHash(hash) {
    return this.#store.blockByHash(hash)
  }

  blockByNumber(number) {
    return this.#store.blockByNumber(number)
  }

  parentOf(block) {
    return block.parent === undefined ? undefined : this.#store.blockBySeq(block.parent)
  }

  /** The blocks between finality and the head, the head included, oldest first. */
  unfinalizedBranch() {
    return this.#branch(this.#finalized.number + 1, this.#head.number)
  }

  #branch(first, last) {
    return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => this.blockByNumber(first + i))
  }

  stateAt(block) {
    return this.#store.viewAt(block.seq)
  }

  /** Ask the runtime something about the state after `block`; nothing is kept of what it changes. */
  callRuntime(block, method, argument) {
    return this.#executor.call(new Overlay(this.stateAt(block)), method, argument)
  }

  /** Take a transaction in and return its hash, or throw `TransactionRefused`. */
  submit(bytes) {
    const hash = this.#admit(bytes)
    if (this.#mode !== 'manual') this.#schedule()
    return hash
  }

  #admit(bytes) {
    try {
      return this.pool.submit(bytes)
    } catch (error) {
      // Some ways of submitting tell the sender nothing, by specification.
      this.#log('warn', `a transaction was refused: ${error.message}: ${error.data ?? ''}`)
      throw error
    }
  }

  /** Build soon, but after the answer to whoever submitted has been sent. */
  #schedule() {
    if (this.#mode === 'instant') {
      this.#scheduled ??= setImmediate(() => this.#buildScheduled())
      return
    }
    this.#batchStart ??= Date.now()
    const rest = Math.max(0, this.#batchStart + BATCH_LIMIT_MS - Date.now())
    clearTimeout(this.#scheduled)
    this.#scheduled = setTimeout(() => this.#buildScheduled(), Math.min(BATCH_PAUSE_MS, rest))
  }

  #scheduleIfAnyWait() {
    if (this.#mode !== 'manual' && !this.pool.isEmpty) this.#schedule()
  }

  #buildScheduled() {
    this.#scheduled = undefined
    this.#batchStart = undefined
    if (this.pool.isEmpty || this.#mode === 'manual') return
    try {
      this.buildBlock()
    } catch (error) {
      this.#log('error', `a block could not be built: ${error.stack}`)
    }
  }

  /** Make one block of all that waits in the pool, store it as the head, and return it. */
  buildBlock() {
    const transactions = this.pool.takeAll()
    try {
      return this.#build(transactions)
    } catch (error) {
      for (const bytes of transactions) this.#leaveOut(bytes, { data: error.message })
      throw error
    }
  }

  #leaveOut(transaction, refusal) {
    this.#log('warn', `a transaction was left out: ${refusal.data}`)
    this.pool.emit('update', transactionHash(transaction), { refusal })
  }

  #build(transactions) {
    const parent = this.#head
    const started = performance.now()
    const overlay = new Overlay(this.stateAt(parent))
    const call = (method, argument) => this.#executor.call(overlay, method, argument)

    call('Core_initialize_block', encodeHeader({
      parentHash: parent.hash,
      number: parent.number + 1,
      stateRoot: ZERO_HASH,
      extrinsicsRoot: ZERO_HASH,
    }))
    const body = this.#inherents(call, overlay)
    for (const inherent of body) {
      const refusal = this.#apply(call, overlay, inherent)
      if (refusal) throw new Error(`an inherent was refused: ${refusal.data}`)
    }

    const { included, postponed } = this.#applyAll(call, overlay, transactions)
    body.push(...included)

    const sealed = decodeHeader(call('BlockBuilder_finalize_block'))
    const changes = overlay.changes()
    sealed.stateRoot = stateCommitment(decodeHeader(parent.header).stateRoot, changes)
    const header = encodeHeader(sealed)
    const made = { number: sealed.number, hash: hashOf(header), header, body: Buffer.concat(body), changes }
    const block = this.#stored(made, parent)
    this.#log('info', `block #${block.number} ${hex(block.hash)}: ${included.length} transactions, `
      + `${(performance.now() - started).toFixed(1)} ms`)

    this.#moveTo(block, { enacted: [block], retracted: [], fork: parent })
    if (postponed.length > 0) this.#putBack(postponed)
    return block
  }

  /** After the head went back, the very block that was given up may be made again: then it is the head once more. */
  #stored(made, parent) {
    const finalNumber = this.#finalNumber(made.number, parent)
    const known = this.#store.blockByHash(made.hash)
    if (!known) return this.#store.addBlock(made, parent, finalNumber)
    this.#store.setHead(known, finalNumber)
    return known
  }

  /** Apply what fits, in order; from the first that does not fit on, all wait for the next block. */
  #applyAll(call, overlay, transactions) {
    const included = []
    for (const [i, transaction] of transactions.entries()) {
      const refusal = this.#apply(call, overlay, transaction)
      if (!refusal) included.push(transaction)
      else if (refusal.mayFitLater && included.length > 0) return { included, postponed: transactions.slice(i) }
      else this.#leaveOut(transaction, refusal)
    }
    return { included, postponed: [] }
  }

  #putBack(transactions) {
    this.pool.putBack(transactions)
    this.#scheduleIfAnyWait()
  }

  /** How far the chain is final when its head has that number, on a branch that leaves the present one at `fork`. */
  #finalNumber(headNumber, fork) {
    return Math.max(Math.min(this.#finalized.number, fork.number), headNumber - this.#finalityLag)
  }

  /** The store has this head by now. */
  #moveTo(head, { enacted, retracted, fork }) {
    this.#head = head
    this.#announce('head', head, { enacted, retracted, isRollback: fork.number < this.#finalized.number })
    this.#tellOfFinality(fork)
  }

  /** The store has the new finality by now. What was final up to `fork` has stayed so. */
  #tellOfFinality(fork) {
    const before = this.#finalized
    this.#finalized = this.#store.finalized
    if (this.#finalized.seq === before.seq) return
    const newly = this.#branch(Math.min(before.number, fork.number) + 1, this.#finalized.number)
    this.#announce('finalized', this.#finalized, newly)
  }

  /** All is stored by now: one listener's trouble must not become the others', or the block's. */
  #announce(event, ...news) {
    for (const listener of this.listeners(event)) {
      try {
        listener(...news)
      } catch (error) {
        this.#log('error', `a follower of the chain failed: ${error.stack}`)
      }
    }
  }

  /** The runtime makes its own inherents from the time that the block is to have. */
  #inherents(call, overlay) {
    const previous = readTime(overlay.get(TIMESTAMP_NOW))
    const now = Math.max(previous + 1, Date.now() + this.#clockOffset)
    const data = Buffer.concat([compact(1), TIMESTAMP_INHERENT, prefixed(u64(now))])
    // Building the inherents must leave no trace in the block's state.
    overlay.startTransaction()
    const answer = call('BlockBuilder_inherent_extrinsics', data)
    overlay.rollbackTransaction()
    const reader = new Reader(answer)
    return Array.from({ length: reader.compact() }, () => {
      const start = reader.at
      reader.prefixed()
      return answer.subarray(start, reader.at)
    })
  }

  /** Apply one extrinsic. A refused one leaves no trace; the refusal is returned. */
  #apply(call, overlay, extrinsic) {
    overlay.startTransaction()
    try {
      const reader = new Reader(call('BlockBuilder_apply_extrinsic', extrinsic))
      if (reader.u8() === 0) {
        overlay.commitTransaction()
        return undefined
      }
      overlay.rollbackTransaction()
      return readValidityError(reader)
    } catch (error) {
      overlay.rollbackTransaction()
      return { data: error.message, code: 1010, message: 'Invalid Transaction' }
    }
  }

  get #clockOffset() {
    return this.#store.setting('clock_offset_ms') ?? 0
  }

  /**
   * Let the chain's clock show `time` (ms since 1970) from now on, and go on from there. The head's
   * state shows it at once, so that a dry run before the next block sees it too.
   */
  travelTo(time) {
    this.#store.putSetting('clock_offset_ms', time - Date.now())
    this.overwriteState([[TIMESTAMP_NOW, u64(time)]])
    return time
  }

  /** Change the head's state behind the runtime's back; for tests only. */
  overwriteState(changes) {
    this.#store.overwriteState(this.#head, changes)
  }

  /**
   * Go back, or over to another branch. What was above is kept and stays readable by hash; its
   * transactions are lost, unless they are to be resubmitted and are still valid.
   */
  setHead(block, { resubmit }) {
    const route = this.#routeTo(block)
    this.#store.setHead(block, this.#finalNumber(block.number, route.fork))
    this.#log('info', `head set to #${block.number} ${hex(block.hash)}`)
    this.#moveTo(block, route)
    this.#reconsiderPool(route, { resubmit })
  }

  /** Whatever waits must be valid at the new head, and must not wait for what is in a block by now. */
  #reconsiderPool({ enacted, retracted }, { resubmit }) {
    const transactionsOf = (blocks) => blocks.flatMap((block) => this.extrinsicsOf(block))
    const included = new Set(transactionsOf(enacted).map(transactionHash))
    const dropped = resubmit ? transactionsOf(retracted.toReversed()) : []
    // The runtime refuses the inherents among them: those are no transactions.
    this.#putBack([...dropped, ...this.pool.takeAll()].filter((bytes) => !included.has(transactionHash(bytes))))
  }

  /** The way from the head to a block: down to the `fork`, which stays, and up again. */
  #routeTo(block) {
    const enacted = []
    const retracted = []
    let fork = this.#head
    for (let at = block; at.seq !== fork.seq; ) {
      if (fork.number > at.number) {
        retracted.push(fork)
        fork = this.parentOf(fork)
      } else {
        enacted.push(at)
        at = this.parentOf(at)
      }
    }
    return { enacted: enacted.reverse(), retracted, fork }
  }

  extrinsicsOf(block) {
    return splitBody(block.body)
  }
}

const readTime = (value) => (value ? Number(Buffer.from(value).readBigUInt64LE()) : 0)

function genesisBlock(genesis) {
  const entries = Object.entries(genesis.genesis.raw.top).map(([key, value]) => [unhex(key), unhex(value)])
  const header = encodeHeader({
    parentHash: ZERO_HASH,
    number: 0,
    stateRoot: trieRoot(entries, STATE_VERSION, blake2b256),
    extrinsicsRoot: trieRoot([], STATE_VERSION, blake2b256),
  })
  return {
    number: 0,
    hash: hashOf(header),
    header,
    body: Buffer.alloc(0),
    changes: entries.map(([key, value]) => [key.latin1Slice(), value]),
  }
}
