// The launcher as its clients see it: a real process, real blocks, real crashes.

import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { hex, unhex } from '../header.mjs'
import {
  account, connect, databasePath, freeBalance, pause, start, SYSTEM_EVENTS, transfer, until,
} from './helpers.mjs'

const alice = account('Alice')
const bob = account('Bob')
const treasury = account('Treasury')

const headNumber = async (client) => Number((await client.call('chain_getHeader')).number)

/** Everything a client can know about one block. */
async function portrait(client, hash) {
  return {
    header: await client.call('chain_getHeader', hash),
    block: await client.call('chain_getBlock', hash),
    events: await client.call('state_getStorage', SYSTEM_EVENTS, hash),
    nonce: await client.call('state_call', 'AccountNonceApi_account_nonce', hex(alice.publicKey), hash),
  }
}

async function portraits(client) {
  const all = []
  for (let number = 0; number <= await headNumber(client); number++) {
    const hash = await client.call('chain_getBlockHash', number)
    all.push([hash, await portrait(client, hash)])
  }
  return all
}

test('a transfer makes a block at once and moves the money', async (t) => {
  const { client } = await start(t)
  const before = await freeBalance(client, bob)

  await client.call('author_submitExtrinsic', await transfer(client, { from: alice, to: bob }))

  await until(async () => (await freeBalance(client, bob)) === before + 10_000_000_000n)
  assert.equal(await headNumber(client), 2)
})

test('no announced block is lost when the launcher is killed at any moment', async (t) => {
  const db = databasePath()
  let chain = await start(t, '--db', db)
  const genesis = chain.genesis_hash
  for (let round = 0; round < 4; round++) {
    await chain.client.call('chain_subscribeNewHeads')
    for (let nonce = round * 10; nonce < round * 10 + 10; nonce++) {
      const bytes = await transfer(chain.client, { from: alice, to: bob })
      chain.client.call('author_submitExtrinsic', bytes).catch(() => {})
      await pause(round * 7)
    }
    const announced = chain.client.messages.map(({ params }) => params.result)
    await chain.end('SIGKILL')

    chain = await start(t, '--db', db)

    assert.equal(chain.genesis_hash, genesis)
    for (const header of announced) {
      const hash = await chain.client.call('chain_getBlockHash', Number(header.number))
      assert.deepEqual(await chain.client.call('chain_getHeader', hash), header)
    }
  }
})

test('after a restart every block answers as before, and the chain goes on', async (t) => {
  const db = databasePath()
  const first = await start(t, '--db', db)
  for (let i = 0; i < 3; i++) {
    await first.client.call('author_submitExtrinsic', await transfer(first.client, { from: alice, to: bob }))
    await until(async () => (await headNumber(first.client)) === i + 2)
  }
  const before = await portraits(first.client)
  await first.end('SIGKILL')

  const second = await start(t, '--db', db)

  assert.deepEqual(await portraits(second.client), before)
  assert.equal(await second.client.call('chain_getBlockHash', 0), first.genesis_hash)
  await second.client.call('author_submitExtrinsic', await transfer(second.client, { from: alice, to: bob }))
  await until(async () => (await headNumber(second.client)) === 5)
})

test('after a re-organisation the new branch counts, also after a restart', async (t) => {
  const db = databasePath()
  const first = await start(t, '--db', db, '--blocks', 'manual')
  await first.client.call('author_submitExtrinsic', await transfer(first.client, { from: alice, to: treasury }))
  const abandoned = await first.client.call('dev_newBlock', { count: 3 })
  const old = await portrait(first.client, abandoned)

  await first.client.call('dev_setHead', 1)
  await first.client.call('author_submitExtrinsic', await transfer(first.client, { from: alice, to: bob }))
  const kept = await first.client.call('dev_newBlock', { count: 2 })

  const check = async (client) => {
    assert.equal(await headNumber(client), 3)
    assert.equal(await client.call('chain_getBlockHash', 3), kept)
    assert.equal(await client.call('chain_getBlockHash', 4), null)
    assert.equal(await freeBalance(client, treasury), 0n)
    assert.equal(await freeBalance(client, treasury, abandoned), 10_000_000_000n)
    assert.deepEqual(await portrait(client, abandoned), old)
  }
  await check(first.client)
  await first.end('SIGKILL')
  const second = await start(t, '--db', db, '--blocks', 'manual')
  await check(second.client)
  await second.client.call('dev_setHead', abandoned)
  assert.equal(await freeBalance(second.client, treasury), 10_000_000_000n)
})

test('a follower is told to begin anew when finality is rolled back', async (t) => {
  const { client } = await start(t)
  await client.call('dev_newBlock', { count: 2 })
  await client.call('chainHead_v1_follow', true)
  await until(() => client.messages.length === 1)

  await client.call('dev_setHead', -1)

  assert.deepEqual(client.messages.map(({ params }) => params.result.event), ['initialized', 'stop'])
})

test('a bad signature, a used nonce and a gap in the nonces are refused with a reason', async (t) => {
  const { client } = await start(t)
  const good = unhex(await transfer(client, { from: alice, to: bob, nonce: 0 }))
  const forged = Buffer.from(good)
  forged[60] ^= 1

  const refusal = (bytes) => client.call('author_submitExtrinsic', bytes).then(
    () => assert.fail('it was taken'), ({ code, data }) => ({ code, data }))

  assert.deepEqual(await refusal(hex(forged)), { code: 1010, data: 'Transaction has a bad signature' })
  const early = await refusal(await transfer(client, { from: alice, to: bob, nonce: 5 }))
  assert.equal(early.code, 1010)
  assert.match(early.data, /valid in the future/)
  await client.call('author_submitExtrinsic', hex(good))
  await until(async () => (await headNumber(client)) === 2)
  assert.deepEqual(await refusal(hex(good)), { code: 1010, data: 'Transaction is outdated' })
  assert.equal(await headNumber(client), 2)
})

test('in batch mode transactions in a row share a block', async (t) => {
  const { client } = await start(t, '--blocks', 'batch')

  for (let i = 0; i < 5; i++) {
    await client.call('author_submitExtrinsic', await transfer(client, { from: alice, to: bob }))
  }

  await until(async () => (await headNumber(client)) === 2)
  const { block } = await client.call('chain_getBlock')
  assert.equal(block.extrinsics.length, 1 + 5)
})

test('a watched transaction is reported until it is final', async (t) => {
  const { client } = await start(t)

  await client.call('author_submitAndWatchExtrinsic', await transfer(client, { from: alice, to: bob }))

  await until(() => client.messages.length === 3)
  const head = await client.call('chain_getBlockHash')
  assert.deepEqual(client.messages.map(({ params }) => params.result), ['ready', { inBlock: head }, { finalized: head }])
})

const TIMESTAMP_NOW = '0xf0c365c3cf59d671eb72da0e7a4113c49f1f0515f462cdcf84e0f1d6045dfcbb'

test('the time of a block is the time of day, and travels when told to', async (t) => {
  const db = databasePath()
  const first = await start(t, '--db', db)
  const time = async (client) =>
    Number(unhex(await client.call('state_getStorage', TIMESTAMP_NOW)).readBigUInt64LE())
  assert.ok(Math.abs((await time(first.client)) - Date.now()) < 2000)

  const target = Date.now() + 30 * 24 * 3600 * 1000
  await first.client.call('dev_timeTravel', target)
  await first.client.call('dev_newBlock', { count: 3 })

  const arrived = await time(first.client)
  assert.ok(arrived > target && arrived < target + 2000)
  await first.end('SIGKILL')
  const second = await start(t, '--db', db)
  await second.client.call('dev_newBlock')
  assert.ok((await time(second.client)) > arrived)
})

test('blocks keep coming when nothing happens, if asked for', async (t) => {
  const { client } = await start(t, '--empty-every-s', '0.1')

  await until(async () => (await headNumber(client)) >= 4)
})

test('a port that is taken is an error, and no other port is taken instead', async (t) => {
  const first = await start(t)

  const second = await start(t, '--port', String(first.port))

  assert.equal(second.code, 1)
  assert.match(second.errors, /already in use/)
})

test('a database that another launcher holds is refused', async (t) => {
  const db = databasePath()
  await start(t, '--db', db)

  const second = await start(t, '--db', db)

  assert.equal(second.code, 1)
  assert.match(second.errors, /in use by another process/)
})

test('a database of another chain is refused', async (t) => {
  const db = databasePath()
  const first = await start(t, '--db', db)
  await first.end('SIGTERM')
  const other = new DatabaseSync(db)
  other.exec("UPDATE block SET hash = x'00' WHERE number = 0")
  other.close()

  const second = await start(t, '--db', db)

  assert.equal(second.code, 1)
  assert.match(second.errors, /another chain/)
})

test('neither nonsense nor a vanished client stops the launcher', async (t) => {
  const { client, port, end } = await start(t)
  const other = await connect(port)
  await other.call('chain_subscribeNewHeads')
  await other.call('chainHead_v1_follow', true)

  for (const text of ['{', 'null', '[]', '7', '{"id":1}', '[1,{"id":2,"method":"nope"}]']) other.socket.send(text)
  other.socket.close()
  for (const [method, ...params] of [
    ['nope'], ['constructor'], ['chain_getHeader', '0x12'], ['state_call', 'nope', '0x'], ['state_getStorage', 7],
    ['author_submitExtrinsic', '0x1234'], ['dev_setHead', 99], ['dev_newBlock', { count: -1 }],
    ['state_call', 'ReviveApi_call', '0x00'], ['system_accountNextIndex', '5Nope'],
  ]) {
    await assert.rejects(client.call(method, ...params), ({ code }) => Number.isInteger(code), method)
  }

  await client.call('dev_newBlock')
  assert.equal(await headNumber(client), 2)
  const stopping = performance.now()
  assert.equal(await end('SIGTERM'), 0)
  assert.ok(performance.now() - stopping < 1000)
})
