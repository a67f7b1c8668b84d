// A launcher of one's own for each test, and accounts that can sign.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { getPublicKey, HDKD, secretFromSeed, sign } from '@scure/sr25519'
import { blake2b128, blake2b256, twox } from '../hashing.mjs'
import { hex, unhex } from '../header.mjs'
import { compact, prefixed, u32 } from '../scale.mjs'

const LAUNCHER = fileURLToPath(new URL('../launcher.mjs', import.meta.url))
/** The seed behind the development phrase that every Substrate tool knows. */
const DEVELOPMENT_SEED = unhex('0xfac7959dbfe72f052e5a0c3c8d6530f202b02fd8f9f5ca3580ec8deb7797479e')
const BALANCES_TRANSFER_KEEP_ALIVE = Buffer.from([10, 3])
const MULTI_ADDRESS_ID = Buffer.from([0])
const SIGNED_VERSION_4 = Buffer.from([0x84])
const SR25519 = Buffer.from([1])
const IMMORTAL = Buffer.from([0])

export const PLANCK_PER_DOT = 10_000_000_000

export const SYSTEM_EVENTS = hex(Buffer.concat([twox(Buffer.from('System'), 128), twox(Buffer.from('Events'), 128)]))

/** The account `//name`. */
export function account(name) {
  const chainCode = Buffer.alloc(32)
  prefixed(Buffer.from(name)).copy(chainCode)
  const secret = HDKD.secretHard(secretFromSeed(DEVELOPMENT_SEED), chainCode)
  return { secret, publicKey: Buffer.from(getPublicKey(secret)) }
}

export const databasePath = () => join(mkdtempSync(join(tmpdir(), 'descrow-chain-')), 'chain.db')

/** Start a launcher; it is ended with the test, `t`, if not before. */
export async function start(t, ...options) {
  const child = spawn(process.execPath, [LAUNCHER, '--port', '0', '--log', 'error', ...options])
  t.after(() => child.kill('SIGKILL'))
  const errors = []
  child.stderr.on('data', (text) => errors.push(text))
  const exited = once(child, 'exit')
  const ready = await Promise.race([
    once(createInterface(child.stdout), 'line').then(([line]) => JSON.parse(line)),
    exited.then(([code]) => ({ code, errors: errors.join('') })),
  ])
  const end = async (signal) => {
    child.kill(signal)
    const [code] = await exited
    return code
  }
  if (ready.event !== 'ready') return { ...ready, end }
  return { ...ready, end, errors, client: await connect(ready.port) }
}

/** A client over WebSocket: `call` answers or throws, `messages` collects what is not an answer. */
export async function connect(port) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`)
  const waiting = new Map()
  const messages = []
  let lastId = 0
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data)
    if (message.id === undefined) return messages.push(message)
    waiting.get(message.id)?.(message)
    waiting.delete(message.id)
  }
  await new Promise((resolve, reject) => {
    socket.onopen = resolve
    socket.onerror = reject
  })
  const call = async (method, ...params) => {
    const id = ++lastId
    const answer = new Promise((resolve) => waiting.set(id, resolve))
    socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }))
    const { result, error } = await answer
    if (error) throw Object.assign(new Error(error.message), error)
    return result
  }
  return { call, messages, socket }
}

/** A signed transfer, as bytes in hexadecimal. */
export async function transfer(client, { from, to, planck = PLANCK_PER_DOT, nonce }) {
  const genesis = unhex(await client.call('chain_getBlockHash', 0))
  const { specVersion, transactionVersion } = await client.call('state_getRuntimeVersion')
  const number = nonce ?? await client.call('system_accountNextIndex', hex(from.publicKey))
  const call = Buffer.concat([BALANCES_TRANSFER_KEEP_ALIVE, MULTI_ADDRESS_ID, to.publicKey, compact(planck)])
  const extra = Buffer.concat([IMMORTAL, compact(number), compact(0)])
  const signed = Buffer.concat([call, extra, u32(specVersion), u32(transactionVersion), genesis, genesis])
  const signature = sign(from.secret, signed.length > 256 ? blake2b256(signed) : signed)
  return hex(prefixed(Buffer.concat([
    SIGNED_VERSION_4, MULTI_ADDRESS_ID, from.publicKey, SR25519, signature, extra, call,
  ])))
}

export async function freeBalance(client, { publicKey }, block) {
  const key = Buffer.concat([
    twox(Buffer.from('System'), 128), twox(Buffer.from('Account'), 128), blake2b128(publicKey), publicKey])
  const stored = await client.call('state_getStorage', hex(key), ...(block ? [block] : []))
  return stored === null ? 0n : unhex(stored).readBigUInt64LE(16)
}

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** Wait until `condition` holds, or fail after two seconds. */
export async function until(condition) {
  for (let i = 0; i < 200; i++) {
    if (await condition()) return
    await pause(10)
  }
  throw new Error('waited for two seconds, in vain')
}
