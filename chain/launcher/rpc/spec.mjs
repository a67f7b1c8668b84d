// The methods of the newer JSON-RPC specification: chainHead, archive, transaction, chainSpec.
//
// Without a finality lag a follower hears of a new block, that it is the best and that it is
// finalized in one go. Nothing is ever unpinned: every block stays readable.

import { CODE_KEY } from '../executor.mjs'
import { blake2b256 } from '../hashing.mjs'
import { hex, unhex } from '../header.mjs'
import { RpcError } from '../server.mjs'
import {
  childTriePrefix, findBlock, keyHex, keysUnder, runtimeVersion, storageKey,
} from './context.mjs'
import { watchTransaction } from './legacy.mjs'

const INVALID_BLOCK = -32801
/** A follower is told of that many recent blocks at once, for transactions with older anchors. */
const INITIAL_BLOCKS = 8
const ITEMS_PER_MESSAGE = 500

function runtimeSpec(chain, block) {
  const { apis, specName, implName, specVersion, implVersion, transactionVersion } =
    runtimeVersion(chain, block)
  return {
    type: 'valid',
    spec: { specName, implName, specVersion, implVersion, transactionVersion, apis: Object.fromEntries(apis) },
  }
}

/** What one item of a storage query asks for. */
function storageItems(state, { key, type }, triePrefix) {
  const full = triePrefix + storageKey(key)
  const descendants = (answer) =>
    [...keysUnder(state, full)].map((found) => ({
      key: keyHex(found.slice(triePrefix.length)), ...answer(state.get(found)),
    }))
  const value = (bytes) => ({ value: hex(bytes) })
  const hash = (bytes) => ({ hash: hex(blake2b256(bytes)) })
  switch (type) {
    case 'value':
    case 'hash': {
      const found = state.get(full)
      if (found === undefined) return []
      return [{ key, ...(type === 'value' ? value(found) : hash(found)) }]
    }
    case 'descendantsValues':
      return descendants(value)
    case 'descendantsHashes':
      return descendants(hash)
    case 'closestDescendantMerkleValue': {
      // There is no trie to take it from; a hash over the same entries changes when they change.
      const entries = descendants(value)
      if (entries.length === 0) return []
      return [{ key, closestDescendantMerkleValue: hex(blake2b256(Buffer.from(JSON.stringify(entries)))) }]
    }
    default:
      throw new TypeError(`unknown kind of storage item: ${type}`)
  }
}

const queryStorage = (chain, block, items, child) => {
  const prefix = child ? childTriePrefix(child) : ''
  return items.flatMap((item) => storageItems(chain.stateAt(block), item, prefix))
}

/** The blocks a follower was told of that are neither finalized nor pruned, parents before children. */
class Unfinalized {
  #blocks = new Map()

  /** Say whether the block is news. */
  add(block) {
    if (this.#blocks.has(block.seq)) return false
    this.#blocks.set(block.seq, block)
    return true
  }

  /** Take out the newly finalized blocks, and what can no longer become final; return the latter. */
  settle(newly) {
    for (const { seq } of newly) this.#blocks.delete(seq)
    const alive = new Set([newly.at(-1).seq])
    const pruned = []
    for (const block of this.#blocks.values()) {
      if (alive.has(block.parent)) alive.add(block.seq)
      else pruned.push(block)
    }
    for (const { seq } of pruned) this.#blocks.delete(seq)
    return pruned
  }
}

function chainHeadMethods(chain) {
  let operations = 0

  const initialized = (withRuntime) => {
    const recent = []
    for (let block = chain.finalized; block && recent.length < INITIAL_BLOCKS; block = chain.parentOf(block)) {
      recent.unshift(hex(block.hash))
    }
    return {
      event: 'initialized',
      finalizedBlockHashes: recent,
      ...(withRuntime && { finalizedBlockRuntime: runtimeSpec(chain, chain.finalized) }),
    }
  }

  const newRuntime = (block, parent) => {
    const code = (at) => chain.stateAt(at).versionOf(CODE_KEY)
    return code(block) === code(parent) ? null : runtimeSpec(chain, block)
  }

  const newBlock = (block, withRuntime) => {
    const parent = chain.parentOf(block)
    return {
      event: 'newBlock',
      blockHash: hex(block.hash),
      parentBlockHash: hex(parent.hash),
      newRuntime: withRuntime ? newRuntime(block, parent) : null,
    }
  }

  const follow = ([withRuntime], { session, later }) => {
    const unfinalized = new Unfinalized()
    const tell = (event) => session.notify('chainHead_v1_followEvent', id, event)
    const tellOfHead = (head, branch) => {
      for (const block of branch) if (unfinalized.add(block)) tell(newBlock(block, withRuntime))
      tell({ event: 'bestBlockChanged', bestBlockHash: hex(head.hash) })
    }
    const onHead = (head, { enacted, isRollback }) => {
      if (!isRollback) return tellOfHead(head, enacted)
      // Finality was rolled back, which no follower can follow: it has to begin anew.
      tell({ event: 'stop' })
      session.unsubscribe(id)
    }
    const onFinalized = (_, newly) => tell({
      event: 'finalized',
      finalizedBlockHashes: newly.map(({ hash }) => hex(hash)),
      prunedBlockHashes: unfinalized.settle(newly).map(({ hash }) => hex(hash)),
    })
    const id = session.subscribe(() => {
      chain.off('head', onHead)
      chain.off('finalized', onFinalized)
    })
    // Events begin where the answer's state ends, and nothing can come in between.
    later(() => {
      tell(initialized(withRuntime))
      const branch = chain.unfinalizedBranch()
      if (branch.length > 0) tellOfHead(chain.head, branch)
      chain.on('head', onHead)
      chain.on('finalized', onFinalized)
    })
    return id
  }

  const pinned = (hash) => {
    const block = findBlock(chain, hash)
    if (!block) throw new RpcError(INVALID_BLOCK, `Invalid block hash: ${hash}`)
    return block
  }

  /** Start an operation: its outcome is told as events after the answer that names it. */
  const operation = (perform) => ([followId, hash, ...rest], { session, later }) => {
    if (!session.has(followId)) return { result: 'limitReached' }
    const block = pinned(hash)
    const operationId = `op${++operations}`
    const tell = (event) => session.notify('chainHead_v1_followEvent', followId, { operationId, ...event })
    later(() => {
      try {
        perform(block, rest, tell)
      } catch (error) {
        tell({ event: 'operationError', error: error.message })
      }
    })
    return { result: 'started', operationId }
  }

  return {
    chainHead_v1_follow: follow,
    chainHead_v1_unfollow: ([id], { session }) => void session.unsubscribe(id),
    chainHead_v1_unpin: () => null,
    chainHead_v1_continue: () => null,
    chainHead_v1_stopOperation: () => null,
    chainHead_v1_header: ([followId, hash], { session }) =>
      session.has(followId) ? hex(pinned(hash).header) : null,
    chainHead_v1_body: operation((block, _, tell) => {
      tell({ event: 'operationBodyDone', value: chain.extrinsicsOf(block).map(hex) })
    }),
    chainHead_v1_call: operation((block, [method, argument], tell) => {
      tell({ event: 'operationCallDone', output: hex(chain.callRuntime(block, method, unhex(argument))) })
    }),
    chainHead_v1_storage: operation((block, [wanted, child], tell) => {
      const items = queryStorage(chain, block, wanted, child)
      for (let at = 0; at < items.length; at += ITEMS_PER_MESSAGE) {
        tell({ event: 'operationStorageItems', items: items.slice(at, at + ITEMS_PER_MESSAGE) })
      }
      tell({ event: 'operationStorageDone' })
    }),
  }
}

function archiveMethods(chain) {
  return {
    archive_v1_genesisHash: () => hex(chain.genesisHash),
    archive_v1_finalizedHeight: () => chain.finalized.number,
    archive_v1_hashByHeight: ([height]) => {
      const block = chain.blockByNumber(height)
      return block ? [hex(block.hash)] : []
    },
    archive_v1_header: ([hash]) => {
      const block = findBlock(chain, hash)
      return block ? hex(block.header) : null
    },
    archive_v1_body: ([hash]) => {
      const block = findBlock(chain, hash)
      return block ? chain.extrinsicsOf(block).map(hex) : null
    },
    archive_v1_call: ([hash, method, argument]) => {
      const block = findBlock(chain, hash)
      if (!block) return null
      try {
        return { success: true, value: hex(chain.callRuntime(block, method, unhex(argument))) }
      } catch (error) {
        return { success: false, error: error.message }
      }
    },
    archive_v1_storage: ([hash, wanted, child], { session, later }) => {
      const id = session.subscribe()
      const tell = (event) => session.notify('archive_v1_storageEvent', id, event)
      later(() => {
        const block = findBlock(chain, hash)
        try {
          if (!block) throw new Error(`unknown block: ${hash}`)
          for (const item of queryStorage(chain, block, wanted, child)) tell({ event: 'storage', ...item })
          tell({ event: 'storageDone' })
        } catch (error) {
          tell({ event: 'storageError', error: error.message })
        }
        session.unsubscribe(id)
      })
      return id
    },
    archive_v1_stopStorage: ([id], { session }) => void session.unsubscribe(id),
  }
}

function transactionMethods(chain) {
  let broadcasts = 0
  return {
    // A broadcast says nothing of the outcome, by specification: the sender watches the blocks.
    transaction_v1_broadcast: ([bytes]) => {
      try {
        chain.submit(unhex(bytes))
      } catch (error) {
        if (!error.code) throw error
      }
      return `tx${++broadcasts}`
    },
    transaction_v1_stop: () => null,
    transactionWatch_v1_submitAndWatch: ([bytes], { session, later }) => {
      const tell = (event) => session.notify('transactionWatch_v1_watchEvent', id, event)
      let hash
      try {
        hash = chain.submit(unhex(bytes))
      } catch (error) {
        if (!error.code) throw error
        const refused = session.subscribe()
        later(() => session.notify('transactionWatch_v1_watchEvent', refused,
          { event: 'invalid', error: error.data ?? error.message }))
        return refused
      }
      const placeOf = ({ block, index }) => ({ hash: hex(block.hash), index })
      const stop = watchTransaction(chain, hash, ({ included, retracted, finalized, usurped }) => {
        if (included) tell({ event: 'bestChainBlockIncluded', block: placeOf(included) })
        else if (retracted) tell({ event: 'bestChainBlockIncluded', block: null })
        else if (finalized) tell({ event: 'finalized', block: placeOf(finalized) })
        else tell({ event: 'invalid', error: usurped ? `usurped by ${usurped}` : 'left out' })
      })
      const id = session.subscribe(stop)
      later(() => tell({ event: 'validated' }))
      return id
    },
    transactionWatch_v1_unwatch: ([id], { session }) => void session.unsubscribe(id),
  }
}

const chainSpecMethods = (chain) => ({
  chainSpec_v1_chainName: () => chain.name,
  chainSpec_v1_genesisHash: () => hex(chain.genesisHash),
  chainSpec_v1_properties: () => chain.properties,
})

export const specMethods = (chain) => ({
  ...chainHeadMethods(chain),
  ...archiveMethods(chain),
  ...transactionMethods(chain),
  ...chainSpecMethods(chain),
})
