// The older RPC methods: chain_*, state_*, author_*, system_*, payment_*.

import { blake2b256 } from '../hashing.mjs'
import { headerJson, hex, unhex } from '../header.mjs'
import { transactionHash } from '../pool.mjs'
import { Reader, u32 } from '../scale.mjs'
import {
  accountId, blockAt, childTriePrefix, findBlock, keyHex, keysUnder, runtimeVersion, storageKey,
} from './context.mjs'

const MAX_PAGE = 1000

const optionalHex = (value) => (value === undefined ? null : hex(value))

function chainMethods(chain) {
  /** `moves` names both the chain's event and the block that it moves. */
  const heads = (event, moves) => (_, { session, later }) => {
    const notify = (block) => session.notify(event, id, headerJson(block.header))
    const id = session.subscribe(() => chain.off(moves, notify))
    chain.on(moves, notify)
    later(() => notify(chain[moves]))
    return id
  }
  const unsubscribe = ([id], { session }) => session.unsubscribe(id)
  const hashOfNumber = (number) => optionalHex(chain.blockByNumber(Number(number))?.hash)
  return {
    chain_getHeader: ([hash]) => {
      const block = hash ? findBlock(chain, hash) : chain.head
      return block ? headerJson(block.header) : null
    },
    chain_getBlock: ([hash]) => {
      const block = hash ? findBlock(chain, hash) : chain.head
      if (!block) return null
      const extrinsics = chain.extrinsicsOf(block).map(hex)
      return { block: { header: headerJson(block.header), extrinsics }, justifications: null }
    },
    chain_getBlockHash: ([number]) => {
      if (number === undefined || number === null) return hex(chain.head.hash)
      return Array.isArray(number) ? number.map(hashOfNumber) : hashOfNumber(number)
    },
    chain_getFinalizedHead: () => hex(chain.finalized.hash),
    chain_getFinalisedHead: () => hex(chain.finalized.hash),
    chain_getHead: () => hex(chain.head.hash),
    chain_subscribeNewHeads: heads('chain_newHead', 'head'),
    chain_subscribeNewHead: heads('chain_newHead', 'head'),
    chain_subscribeAllHeads: heads('chain_allHead', 'head'),
    chain_subscribeFinalizedHeads: heads('chain_finalizedHead', 'finalized'),
    chain_unsubscribeNewHeads: unsubscribe,
    chain_unsubscribeNewHead: unsubscribe,
    chain_unsubscribeAllHeads: unsubscribe,
    chain_unsubscribeFinalizedHeads: unsubscribe,
  }
}

function keysPaged(chain, prefix, count, start, hash) {
  const keys = []
  if (count < 1) return keys
  for (const key of keysUnder(chain.stateAt(blockAt(chain, hash)), prefix, start)) {
    keys.push(key)
    if (keys.length === count) break
  }
  return keys
}

const pageSize = (count) => {
  if (!Number.isInteger(count) || count < 0 || count > MAX_PAGE) {
    throw new TypeError(`a page has 0 to ${MAX_PAGE} keys`)
  }
  return count
}

function stateMethods(chain) {
  const read = (key, hash) => chain.stateAt(blockAt(chain, hash)).get(storageKey(key))
  const changesAt = (keys, block) => ({
    block: hex(block.hash),
    changes: keys.map((key) => [key, optionalHex(chain.stateAt(block).get(storageKey(key)))]),
  })
  const call = ([method, argument, hash]) =>
    hex(chain.callRuntime(blockAt(chain, hash), method, unhex(argument ?? '0x')))
  const keys = ([prefix, hash]) =>
    [...keysUnder(chain.stateAt(blockAt(chain, hash)), storageKey(prefix ?? '0x'))].map(keyHex)
  const paged = ([prefix, count, start, hash]) =>
    keysPaged(chain, storageKey(prefix ?? '0x'), pageSize(count), storageKey(start ?? '0x'), hash).map(keyHex)
  const unsubscribe = ([id], { session }) => session.unsubscribe(id)
  const version = ([hash]) => runtimeVersion(chain, blockAt(chain, hash))
  const subscribeVersion = (_, { session, later }) => {
    let lastSpec
    const notify = (block) => {
      const current = runtimeVersion(chain, block)
      if (current.specVersion === lastSpec) return
      lastSpec = current.specVersion
      session.notify('state_runtimeVersion', id, current)
    }
    const id = session.subscribe(() => chain.off('head', notify))
    chain.on('head', notify)
    later(() => notify(chain.head))
    return id
  }

  return {
    state_getMetadata: ([hash]) => {
      const answer = chain.callRuntime(blockAt(chain, hash), 'Metadata_metadata')
      return hex(new Reader(answer).prefixed())
    },
    state_getRuntimeVersion: version,
    chain_getRuntimeVersion: version,
    state_getStorage: ([key, hash]) => optionalHex(read(key, hash)),
    state_getStorageAt: ([key, hash]) => optionalHex(read(key, hash)),
    state_getStorageHash: ([key, hash]) => {
      const value = read(key, hash)
      return value === undefined ? null : hex(blake2b256(value))
    },
    state_getStorageSize: ([key, hash]) => read(key, hash)?.length ?? null,
    state_getKeys: keys,
    state_getPairs: ([prefix, hash]) => {
      const state = chain.stateAt(blockAt(chain, hash))
      return keys([prefix, hash]).map((key) => [key, hex(state.get(storageKey(key)))])
    },
    state_getKeysPaged: paged,
    state_getKeysPagedAt: paged,
    state_queryStorageAt: ([wanted, hash]) => [changesAt(wanted, blockAt(chain, hash))],
    state_queryStorage: ([wanted, from, to]) => {
      const last = blockAt(chain, to)
      const found = []
      for (let { number } = blockAt(chain, from); number <= last.number; number++) {
        found.push(changesAt(wanted, chain.blockByNumber(number)))
      }
      return found
    },
    state_call: call,
    state_callAt: call,
    state_subscribeStorage: ([wanted], { session, later }) => {
      let last = new Map()
      const notify = (block) => {
        const { changes } = changesAt(wanted, block)
        const changed = changes.filter(([key, value]) => last.get(key) !== value)
        last = new Map(changes)
        if (changed.length > 0) session.notify('state_storage', id, { block: hex(block.hash), changes: changed })
      }
      const id = session.subscribe(() => chain.off('head', notify))
      chain.on('head', notify)
      later(() => notify(chain.head))
      return id
    },
    state_unsubscribeStorage: unsubscribe,
    state_subscribeRuntimeVersion: subscribeVersion,
    state_unsubscribeRuntimeVersion: unsubscribe,
    chain_subscribeRuntimeVersion: subscribeVersion,
    chain_unsubscribeRuntimeVersion: unsubscribe,

    childstate_getStorage: ([child, key, hash]) =>
      optionalHex(chain.stateAt(blockAt(chain, hash)).get(childTriePrefix(child) + storageKey(key))),
    childstate_getKeysPaged: ([child, prefix, count, start, hash]) => {
      const trie = childTriePrefix(child)
      const first = start && start !== '0x' ? trie + storageKey(start) : ''
      return keysPaged(chain, trie + storageKey(prefix ?? '0x'), pageSize(count), first, hash)
        .map((key) => keyHex(key.slice(trie.length)))
    },
    childstate_getStorageEntries: ([child, wanted, hash]) => {
      const state = chain.stateAt(blockAt(chain, hash))
      return wanted.map((key) => optionalHex(state.get(childTriePrefix(child) + storageKey(key))))
    },
  }
}

/**
 * Follow one transaction through pool and blocks until it is final or lost; `tell` gets what happens
 * to it, in order: { included }, { retracted } or { finalized }, each { block, index }; { usurped }
 * or { refusal }.
 */
export function watchTransaction(chain, hash, tell) {
  let place
  const onHead = (_, { enacted, retracted }) => {
    if (retracted.some(({ seq }) => seq === place?.block.seq)) {
      tell({ retracted: place })
      place = undefined
    }
    for (const block of enacted) {
      const index = chain.extrinsicsOf(block).findIndex((bytes) => transactionHash(bytes) === hash)
      if (index === -1) continue
      place = { block, index }
      tell({ included: place })
    }
  }
  const onFinalized = (_, newly) => {
    if (!newly.some(({ seq }) => seq === place?.block.seq)) return
    stop()
    tell({ finalized: place })
  }
  const onUpdate = (changed, update) => {
    if (changed !== hash) return
    stop()
    tell(update)
  }
  const stop = () => {
    chain.off('head', onHead)
    chain.off('finalized', onFinalized)
    chain.pool.off('update', onUpdate)
  }
  chain.on('head', onHead)
  chain.on('finalized', onFinalized)
  chain.pool.on('update', onUpdate)
  return stop
}

function authorMethods(chain) {
  return {
    author_submitExtrinsic: ([bytes]) => chain.submit(unhex(bytes)),
    author_pendingExtrinsics: () => chain.pool.extrinsics.map(hex),
    author_submitAndWatchExtrinsic: ([bytes], { session, later }) => {
      const hash = chain.submit(unhex(bytes))
      const tell = (update) => session.notify('author_extrinsicUpdate', id, update)
      const stop = watchTransaction(chain, hash, ({ included, retracted, finalized, usurped }) => {
        if (included) tell({ inBlock: hex(included.block.hash) })
        else if (retracted) tell({ retracted: hex(retracted.block.hash) })
        else if (finalized) tell({ finalized: hex(finalized.block.hash) })
        else tell(usurped ? { usurped } : 'invalid')
      })
      const id = session.subscribe(stop)
      later(() => tell('ready'))
      return id
    },
    author_unwatchExtrinsic: ([id], { session }) => session.unsubscribe(id),
  }
}

function systemMethods(chain) {
  const nextIndex = ([address]) => {
    const account = accountId(address)
    let nonce = chain.callRuntime(chain.head, 'AccountNonceApi_account_nonce', account).readUInt32LE()
    // The tag under which the runtime's nonce check lets a transaction be waited for.
    while (chain.pool.provides(hex(Buffer.concat([account, u32(nonce)])))) nonce++
    return nonce
  }
  return {
    system_accountNextIndex: nextIndex,
    account_nextIndex: nextIndex,
    system_name: () => 'descrow local chain',
    system_version: () => '1',
    system_chain: () => chain.name,
    system_chainType: () => 'Development',
    system_properties: () => chain.properties,
    system_health: () => ({ peers: 0, isSyncing: false, shouldHavePeers: false }),
    system_nodeRoles: () => ['Full'],
    system_localPeerId: () => '',
    system_localListenAddresses: () => [],
    system_syncState: () => ({
      startingBlock: 0, currentBlock: chain.head.number, highestBlock: chain.head.number,
    }),
    system_dryRun: ([bytes, hash]) =>
      hex(chain.callRuntime(blockAt(chain, hash), 'BlockBuilder_apply_extrinsic', unhex(bytes))),
    payment_queryInfo: ([bytes, hash]) => {
      const extrinsic = unhex(bytes)
      const reader = new Reader(chain.callRuntime(
        blockAt(chain, hash),
        'TransactionPaymentApi_query_info',
        Buffer.concat([extrinsic, u32(extrinsic.length)]),
      ))
      const weight = { ref_time: reader.compact(), proof_size: reader.compact() }
      const kind = ['Normal', 'Operational', 'Mandatory'][reader.u8()]
      const fee = reader.u64() + (reader.u64() << 64n)
      return { weight, class: kind.toLowerCase(), partialFee: fee.toString() }
    },
  }
}

export const legacyMethods = (chain) => ({
  ...chainMethods(chain),
  ...stateMethods(chain),
  ...authorMethods(chain),
  ...systemMethods(chain),
})
