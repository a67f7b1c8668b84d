// Transactions that wait for a block.
//
// Only what could be included at once is taken: a transaction that must wait for another one that
// is not here (a gap in the nonces) is refused, so that nothing can be lost without a word.

import { EventEmitter } from 'node:events'
import { hex } from './header.mjs'
import { blake2b256 } from './hashing.mjs'
import { Reader } from './scale.mjs'

// The words are those of a Substrate node: clients look for them.
const INVALID = [
  'Transaction call is not expected',
  'Inability to pay some fees (e.g. account balance too low)',
  'Transaction will be valid in the future',
  'Transaction is outdated',
  'Transaction has a bad signature',
  'Transaction has an ancient birth block',
  'Transaction would exhaust the block limits',
  'Custom error',
  'A call was labelled as mandatory, but resulted in an Error.',
  'Transaction dispatch is mandatory; transactions must not be validated.',
  'Invalid signing address',
  'The implicit data was unable to be calculated',
  'The transaction extension did not authorize any origin',
]
const UNKNOWN = [
  'Could not lookup information required to validate the transaction',
  'Could not find an unsigned validator for the unsigned transaction',
  'Custom error',
]
const EXHAUSTS_RESOURCES = 6
const CUSTOM = { invalid: 7, unknown: 2 }

export const transactionHash = (bytes) => hex(blake2b256(bytes))

/** A refusal, with the code and the words that a Substrate node would use. */
export class TransactionRefused extends Error {
  constructor(code, message, data) {
    super(message)
    this.code = code
    this.data = data
  }
}

/** The refusal behind a SCALE-encoded `TransactionValidityError`. */
export function readValidityError(reader) {
  const isInvalid = reader.u8() === 0
  const reason = reader.u8()
  const isCustom = reason === (isInvalid ? CUSTOM.invalid : CUSTOM.unknown)
  const words = (isInvalid ? INVALID : UNKNOWN)[reason] ?? `Unknown reason ${reason}`
  const refusal = new TransactionRefused(
    isInvalid ? 1010 : 1011,
    isInvalid ? 'Invalid Transaction' : 'Unknown Transaction Validity',
    isCustom ? `${words}: ${reader.u8()}` : words,
  )
  refusal.mayFitLater = isInvalid && reason === EXHAUSTS_RESOURCES
  return refusal
}

function readValidity(answer) {
  const reader = new Reader(answer)
  if (reader.u8() !== 0) throw readValidityError(reader)
  const tags = () => Array.from({ length: reader.compact() }, () => hex(reader.prefixed()))
  return { priority: reader.u64(), requires: tags(), provides: tags() }
}

/** Emits `update` with (hash, what happened) for every transaction: `invalid`, `usurped`, … */
export class Pool extends EventEmitter {
  #waiting = []
  #validate

  /** `validate` takes a transaction's bytes and gives the runtime's answer at the head. */
  constructor(validate) {
    super()
    this.setMaxListeners(0)
    this.#validate = validate
  }

  get extrinsics() {
    return this.#waiting.map(({ bytes }) => bytes)
  }

  get isEmpty() {
    return this.#waiting.length === 0
  }

  provides(tag) {
    return this.#waiting.some(({ provides }) => provides.includes(tag))
  }

  /** Take a transaction in and return its hash, or throw `TransactionRefused`. */
  submit(bytes) {
    const hash = transactionHash(bytes)
    if (this.#waiting.some((other) => other.hash === hash)) {
      throw new TransactionRefused(1013, 'Transaction Already Imported', hash)
    }
    const { priority, requires, provides } = this.#askRuntime(bytes)
    const missing = requires.find((tag) => !this.provides(tag))
    if (missing) {
      throw new TransactionRefused(1010, 'Invalid Transaction',
        'Transaction will be valid in the future: its nonce leaves a gap, and this chain keeps no such transactions')
    }

    const entry = { bytes, hash, priority, provides }
    const rival = this.#waiting.findIndex((other) => other.provides.some((tag) => provides.includes(tag)))
    if (rival === -1) {
      this.#waiting.push(entry)
    } else if (this.#waiting[rival].priority < priority) {
      this.emit('update', this.#waiting[rival].hash, { usurped: hash })
      this.#waiting[rival] = entry
    } else {
      throw new TransactionRefused(1014, 'Priority is too low',
        'Another transaction with the same nonce is waiting, and it pays as much or more')
    }
    return hash
  }

  #askRuntime(bytes) {
    try {
      return readValidity(this.#validate(bytes))
    } catch (error) {
      if (error instanceof TransactionRefused) throw error
      // A runtime that panics over a transaction could not even decode it.
      throw new TransactionRefused(1010, 'Invalid Transaction', `Verification Error: ${error.message}`)
    }
  }

  /** All that wait, in order; they are no longer waiting. */
  takeAll() {
    return this.#waiting.splice(0).map(({ bytes }) => bytes)
  }

  /** Put back what did not fit, or lost its block, before whatever came in since. */
  putBack(transactions) {
    for (const bytes of [...transactions].reverse()) {
      try {
        const { priority, provides } = this.#askRuntime(bytes)
        this.#waiting.unshift({ bytes, hash: transactionHash(bytes), priority, provides })
      } catch (error) {
        this.emit('update', transactionHash(bytes), { refusal: error })
      }
    }
  }
}
