// The functions that the runtime imports from its host.
//
// A byte string crosses the border as one 64-bit number: its length in the upper half, its address
// in the lower. Fixed-size data crosses as an address alone.

import { ed25519 } from '@noble/curves/ed25519.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import * as sr25519 from '@scure/sr25519'
import { blake2b128, blake2b256, keccak256, keccak512, sha256, twox } from './hashing.mjs'
import { childPrefix } from './overlay.mjs'
import { none, prefixed, Reader, some, u32 } from './scale.mjs'
import { orderedTrieRoot, trieRoot } from './trie.mjs'

const LOG_LEVELS = ['off', 'error', 'warn', 'info', 'debug', 'trace']
const ROOT_PLACEHOLDER = Buffer.alloc(32)

const isTrue = (check) => {
  try {
    return check() ? 1 : 0
  } catch {
    return 0 // a malformed key or signature is a wrong one
  }
}

/**
 * A signature is checked when a transaction is submitted and again in its block. That is most of
 * what a block costs, so the answers for the last ones are kept: they cannot change.
 */
const checkedSignatures = new Map()
const CHECKED_SIGNATURES = 4096

function isSr25519Signature(message, signature, publicKey) {
  const key = Buffer.concat([signature, publicKey, message]).latin1Slice()
  const known = checkedSignatures.get(key)
  if (known !== undefined) return known
  const answer = isTrue(() => sr25519.verify(message, signature, publicKey))
  if (checkedSignatures.size === CHECKED_SIGNATURES) {
    checkedSignatures.delete(checkedSignatures.keys().next().value)
  }
  checkedSignatures.set(key, answer)
  return answer
}

const optionalLimit = (bytes) => {
  const reader = new Reader(bytes)
  return reader.u8() === 0 ? Infinity : reader.u32()
}

const removalResult = ({ deleted, isComplete }) =>
  Buffer.concat([Buffer.from([isComplete ? 0 : 1]), u32(deleted)])

/** The public key behind an Ethereum-style signature, or the number of Substrate's error. */
function recover(signature, hash, compressed) {
  const id = signature[64] >= 27 ? signature[64] - 27 : signature[64]
  if (id > 3) return Buffer.from([1, 1])
  try {
    const point = secp256k1.Signature.fromBytes(signature.subarray(0, 64), 'compact')
      .addRecoveryBit(id)
      .recoverPublicKey(hash)
    const key = point.toBytes(compressed)
    return Buffer.concat([Buffer.from([0]), compressed ? key : key.subarray(1)])
  } catch {
    return Buffer.from([1, 2])
  }
}

export function hostFunctions(context) {
  const { log } = context
  const read = (packed) => {
    const value = BigInt.asUintN(64, packed)
    return context.bytes(Number(value & 0xffffffffn), Number(value >> 32n))
  }
  // Memory is reused and may move when it grows: whatever is kept must be copied out of it.
  const copy = (packed) => Buffer.from(read(packed))
  const key = (packed) => read(packed).latin1Slice()
  const childKey = (child, packed) => childPrefix(key(child)) + key(packed)
  const at = (pointer, length) => context.bytes(pointer >>> 0, length)

  const give = (bytes) => {
    const pointer = context.allocator.allocate(bytes.length)
    context.bytes(pointer, bytes.length).set(bytes)
    return (BigInt(bytes.length) << 32n) | BigInt(pointer)
  }
  const giveFixed = (bytes) => {
    const pointer = context.allocator.allocate(bytes.length)
    context.bytes(pointer, bytes.length).set(bytes)
    return pointer
  }
  const giveOption = (value) => give(value === undefined ? none : some(prefixed(value)))

  const readPart = (fullKey, out, offset) => {
    const value = context.overlay.get(fullKey)
    if (value === undefined) return give(none)
    const rest = value.subarray(Math.min(offset >>> 0, value.length))
    const target = read(out)
    target.set(rest.subarray(0, target.length))
    return give(some(u32(rest.length)))
  }
  const nextChildKey = (child, packed) => {
    const prefix = childPrefix(key(child))
    const next = context.overlay.nextKey(prefix + key(packed))
    return next?.startsWith(prefix) ? Buffer.from(next.slice(prefix.length), 'latin1') : undefined
  }
  const entries = (packed) => {
    const reader = new Reader(copy(packed))
    return Array.from({ length: reader.compact() }, () => [reader.prefixed(), reader.prefixed()])
  }
  const values = (packed) => {
    const reader = new Reader(copy(packed))
    return Array.from({ length: reader.compact() }, () => reader.prefixed())
  }
  // What a header shows as its root is computed from the finished block: see chain.mjs.
  const root = () => give(ROOT_PLACEHOLDER)

  return {
    ext_storage_get_version_1: (k) => giveOption(context.overlay.get(key(k))),
    ext_storage_read_version_1: (k, out, offset) => readPart(key(k), out, offset),
    ext_storage_set_version_1: (k, v) => context.overlay.set(key(k), copy(v)),
    ext_storage_clear_version_1: (k) => context.overlay.clear(key(k)),
    ext_storage_exists_version_1: (k) => (context.overlay.get(key(k)) === undefined ? 0 : 1),
    ext_storage_clear_prefix_version_1: (prefix) => void context.overlay.clearPrefix(key(prefix)),
    ext_storage_clear_prefix_version_2: (prefix, limit) =>
      give(removalResult(context.overlay.clearPrefix(key(prefix), optionalLimit(read(limit))))),
    ext_storage_append_version_1: (k, item) => context.overlay.append(key(k), copy(item)),
    ext_storage_root_version_1: root,
    ext_storage_root_version_2: root,
    ext_storage_next_key_version_1: (k) => {
      const next = context.overlay.nextKey(key(k))
      return giveOption(next === undefined ? undefined : Buffer.from(next, 'latin1'))
    },
    ext_storage_start_transaction_version_1: () => context.overlay.startTransaction(),
    ext_storage_rollback_transaction_version_1: () => context.overlay.rollbackTransaction(),
    ext_storage_commit_transaction_version_1: () => context.overlay.commitTransaction(),

    ext_default_child_storage_get_version_1: (c, k) => giveOption(context.overlay.get(childKey(c, k))),
    ext_default_child_storage_read_version_1: (c, k, out, offset) =>
      readPart(childKey(c, k), out, offset),
    ext_default_child_storage_set_version_1: (c, k, v) => context.overlay.set(childKey(c, k), copy(v)),
    ext_default_child_storage_clear_version_1: (c, k) => context.overlay.clear(childKey(c, k)),
    ext_default_child_storage_exists_version_1: (c, k) =>
      context.overlay.get(childKey(c, k)) === undefined ? 0 : 1,
    ext_default_child_storage_storage_kill_version_1: (c) =>
      void context.overlay.clearPrefix(childPrefix(key(c))),
    ext_default_child_storage_storage_kill_version_2: (c, limit) =>
      context.overlay.clearPrefix(childPrefix(key(c)), optionalLimit(read(limit))).isComplete ? 1 : 0,
    ext_default_child_storage_storage_kill_version_3: (c, limit) =>
      give(removalResult(context.overlay.clearPrefix(childPrefix(key(c)), optionalLimit(read(limit))))),
    ext_default_child_storage_clear_prefix_version_1: (c, prefix) =>
      void context.overlay.clearPrefix(childKey(c, prefix)),
    ext_default_child_storage_clear_prefix_version_2: (c, prefix, limit) =>
      give(removalResult(context.overlay.clearPrefix(childKey(c, prefix), optionalLimit(read(limit))))),
    ext_default_child_storage_root_version_1: () => give(ROOT_PLACEHOLDER),
    ext_default_child_storage_root_version_2: () => give(ROOT_PLACEHOLDER),
    ext_default_child_storage_next_key_version_1: (c, k) => giveOption(nextChildKey(c, k)),

    ext_trie_blake2_256_root_version_1: (d) => giveFixed(trieRoot(entries(d), 0, blake2b256)),
    ext_trie_blake2_256_root_version_2: (d, v) => giveFixed(trieRoot(entries(d), v, blake2b256)),
    ext_trie_blake2_256_ordered_root_version_1: (d) =>
      giveFixed(orderedTrieRoot(values(d), 0, blake2b256)),
    ext_trie_blake2_256_ordered_root_version_2: (d, v) =>
      giveFixed(orderedTrieRoot(values(d), v, blake2b256)),

    ext_hashing_keccak_256_version_1: (d) => giveFixed(keccak256(read(d))),
    ext_hashing_keccak_512_version_1: (d) => giveFixed(keccak512(read(d))),
    ext_hashing_sha2_256_version_1: (d) => giveFixed(sha256(read(d))),
    ext_hashing_blake2_128_version_1: (d) => giveFixed(blake2b128(read(d))),
    ext_hashing_blake2_256_version_1: (d) => giveFixed(blake2b256(read(d))),
    ext_hashing_twox_64_version_1: (d) => giveFixed(twox(read(d), 64)),
    ext_hashing_twox_128_version_1: (d) => giveFixed(twox(read(d), 128)),
    ext_hashing_twox_256_version_1: (d) => giveFixed(twox(read(d), 256)),

    ext_crypto_ed25519_verify_version_1: (signature, message, publicKey) =>
      isTrue(() => ed25519.verify(at(signature, 64), read(message), at(publicKey, 32))),
    ext_crypto_sr25519_verify_version_1: (signature, message, publicKey) =>
      isSr25519Signature(read(message), at(signature, 64), at(publicKey, 32)),
    ext_crypto_sr25519_verify_version_2: (signature, message, publicKey) =>
      isSr25519Signature(read(message), at(signature, 64), at(publicKey, 32)),
    ext_crypto_ecdsa_verify_version_2: (signature, message, publicKey) =>
      isTrue(() => {
        const recovered = recover(at(signature, 65), blake2b256(read(message)), true)
        return recovered[0] === 0 && recovered.subarray(1).equals(at(publicKey, 33))
      }),
    ext_crypto_ecdsa_verify_prehashed_version_1: (signature, hash, publicKey) =>
      isTrue(() => {
        const recovered = recover(at(signature, 65), at(hash, 32), true)
        return recovered[0] === 0 && recovered.subarray(1).equals(at(publicKey, 33))
      }),
    ext_crypto_secp256k1_ecdsa_recover_version_2: (signature, hash) =>
      give(recover(at(signature, 65), at(hash, 32), false)),
    ext_crypto_secp256k1_ecdsa_recover_compressed_version_2: (signature, hash) =>
      give(recover(at(signature, 65), at(hash, 32), true)),

    ext_offchain_index_set_version_1: () => {},
    ext_offchain_index_clear_version_1: () => {},
    ext_transaction_index_index_version_1: () => {},
    ext_transaction_index_renew_version_1: () => {},

    ext_allocator_malloc_version_1: (size) => context.allocator.allocate(size >>> 0),
    ext_allocator_free_version_1: (pointer) => context.allocator.free(pointer >>> 0),

    ext_panic_handler_abort_on_panic_version_1: (message) => {
      throw new Error(read(message).toString('utf8'))
    },
    ext_logging_log_version_1: (level, target, message) =>
      log(LOG_LEVELS[level] ?? 'info', `${read(target)}: ${read(message)}`),
    ext_logging_max_level_version_1: () => LOG_LEVELS.indexOf(log.level),
    ext_misc_print_num_version_1: (number) => log('debug', `runtime: ${number}`),
    ext_misc_print_utf8_version_1: (text) => log('debug', `runtime: ${read(text)}`),
    ext_misc_print_hex_version_1: (data) => log('debug', `runtime: 0x${read(data).toString('hex')}`),
    ext_misc_runtime_version_version_1: (code) => giveOption(context.runtimeVersion(copy(code))),
  }
}
