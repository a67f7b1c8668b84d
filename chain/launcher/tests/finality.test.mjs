// The unfinalized stage: what is best but not yet final, re-organisations of it, and what clients hear.

import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { hex } from '../header.mjs'
import { account, databasePath, freeBalance, start, transfer, until } from './helpers.mjs'

const alice = account('Alice')
const bob = account('Bob')
const treasury = account('Treasury')

const hashOf = (client, number) => client.call('chain_getBlockHash', number)
const finalizedHead = (client) => client.call('chain_getFinalizedHead')
const numberOf = async (client, hash) => Number((await client.call('chain_getHeader', hash)).number)
const finalizedNumber = async (client) => numberOf(client, await finalizedHead(client))

const lagging = (t, lag, ...options) => start(t, '--finality-lag', String(lag), '--blocks', 'manual', ...options)

/** What a subscription has said so far. An answered call says that all before it has come. */
async function heard(client, subscription) {
  await client.call('system_name')
  return client.messages.map(({ params }) => params).filter((params) => params.subscription === subscription)
    .map(({ result }) => result)
}

const submitTransfer = async (client, how, to = bob) => {
  const bytes = await transfer(client, { from: alice, to })
  return client.call(how, bytes)
}

test('without a lag every block is final at once', async (t) => {
  const { client } = await start(t)

  const best = await client.call('dev_newBlock', { count: 3 })

  assert.equal(await finalizedHead(client), best)
})

test('finality stays the lag behind the head, and never before block 1', async (t) => {
  const { client } = await lagging(t, 3)

  const finalized = []
  for (let i = 0; i < 5; i++) {
    finalized.push(await finalizedNumber(client))
    await client.call('dev_newBlock')
  }

  assert.deepEqual(finalized, [1, 1, 1, 1, 2])
  assert.equal(await client.call('archive_v1_finalizedHeight'), 3)
})

test('finality is where it was after a kill, also under another lag', async (t) => {
  const db = databasePath()
  const first = await lagging(t, 3, '--db', db)
  await first.client.call('dev_newBlock', { to: 10 })
  const finalized = await hashOf(first.client, 7)
  await first.end('SIGKILL')

  const second = await lagging(t, 5, '--db', db)
  assert.equal(await finalizedHead(second.client), finalized)
  await second.client.call('dev_newBlock', { to: 13 })
  assert.equal(await finalizedNumber(second.client), 8)
  await second.end('SIGKILL')

  const third = await lagging(t, 0, '--db', db)
  assert.equal(await finalizedNumber(third.client), 13)
})

test('a database from before the lag was known is final up to its head', async (t) => {
  const db = databasePath()
  const first = await start(t, '--db', db)
  await first.client.call('dev_newBlock', { to: 5 })
  await first.end('SIGTERM')
  const old = new DatabaseSync(db)
  old.exec("DELETE FROM setting WHERE name = 'finalized_number'")
  old.close()

  const second = await lagging(t, 3, '--db', db)

  assert.equal(await finalizedNumber(second.client), 5)
})

test('a re-organisation above the finalized head changes what is best, and nothing that is final', async (t) => {
  const { client } = await lagging(t, 3)
  await client.call('dev_newBlock', { to: 10 })
  const final = await hashOf(client, 7)
  const newHeads = await client.call('chain_subscribeNewHeads')
  const allHeads = await client.call('chain_subscribeAllHeads')
  const finalizedHeads = await client.call('chain_subscribeFinalizedHeads')

  await client.call('dev_setHead', final)
  const ninth = await client.call('dev_newBlock', { count: 2 })
  const tenth = await client.call('dev_newBlock')

  assert.equal(await finalizedHead(client), final)
  assert.deepEqual([await hashOf(client, 9), await hashOf(client, 10)], [ninth, tenth])
  const numbers = async (subscription) => (await heard(client, subscription)).map(({ number }) => Number(number))
  assert.deepEqual(await numbers(newHeads), [10, 7, 8, 9, 10])
  assert.deepEqual(await numbers(allHeads), [10, 7, 8, 9, 10])
  assert.deepEqual(await numbers(finalizedHeads), [7])
})

test('a head below the finalized one takes finality down with it', async (t) => {
  const { client } = await lagging(t, 3)
  await client.call('dev_newBlock', { to: 10 })
  const finalizedHeads = await client.call('chain_subscribeFinalizedHeads')

  await client.call('dev_setHead', 5)

  assert.equal(await finalizedNumber(client), 5)
  await client.call('dev_newBlock', { to: 9 })
  assert.deepEqual((await heard(client, finalizedHeads)).map(({ number }) => Number(number)), [7, 5, 6])
})

test('a branch that leaves below the finalized head keeps of finality what both share', async (t) => {
  const { client } = await lagging(t, 3)
  const abandoned = await client.call('dev_newBlock', { to: 6 })
  await client.call('dev_setHead', 3)
  await client.call('dev_newBlock', { to: 10 })
  assert.equal(await finalizedNumber(client), 7)

  await client.call('dev_setHead', abandoned)

  assert.equal(await finalizedHead(client), await hashOf(client, 3))
})

test('a follower hears of each block once, of the best, and of what finality has pruned', async (t) => {
  const { client } = await lagging(t, 2)
  await client.call('dev_newBlock', { to: 4 })
  const [one, two, three, four] = await Promise.all([1, 2, 3, 4].map((number) => hashOf(client, number)))
  const genesis = await hashOf(client, 0)
  const following = await client.call('chainHead_v1_follow', false)

  await client.call('dev_setHead', two)
  const otherThree = await client.call('dev_newBlock')
  await client.call('dev_setHead', four)
  await client.call('dev_setHead', otherThree)
  const otherFour = await client.call('dev_newBlock')
  const otherFive = await client.call('dev_newBlock')

  const newBlock = (blockHash, parentBlockHash) =>
    ({ event: 'newBlock', blockHash, parentBlockHash, newRuntime: null })
  const best = (bestBlockHash) => ({ event: 'bestBlockChanged', bestBlockHash })
  assert.deepEqual(await heard(client, following), [
    { event: 'initialized', finalizedBlockHashes: [genesis, one, two] },
    newBlock(three, two), newBlock(four, three), best(four),
    best(two),
    newBlock(otherThree, two), best(otherThree),
    best(four),
    best(otherThree),
    newBlock(otherFour, otherThree), best(otherFour),
    newBlock(otherFive, otherFour), best(otherFive),
    { event: 'finalized', finalizedBlockHashes: [otherThree], prunedBlockHashes: [three, four] },
  ])
})

test('a follower is told to begin anew only when finality is rolled back', async (t) => {
  const { client } = await lagging(t, 2)
  await client.call('dev_newBlock', { to: 6 })
  const following = await client.call('chainHead_v1_follow', false)
  const events = async () => (await heard(client, following)).map(({ event }) => event)

  await client.call('dev_setHead', 4)
  assert.equal((await events()).includes('stop'), false)
  await client.call('dev_setHead', 3)
  await client.call('dev_newBlock')

  assert.equal((await events()).at(-1), 'stop')
})

const WATCHES = {
  author_submitAndWatchExtrinsic: {
    ready: 'ready',
    included: (hash) => ({ inBlock: hash }),
    retracted: (hash) => ({ retracted: hash }),
    finalized: (hash) => ({ finalized: hash }),
  },
  transactionWatch_v1_submitAndWatch: {
    ready: { event: 'validated' },
    included: (hash) => ({ event: 'bestChainBlockIncluded', block: { hash, index: 1 } }),
    retracted: () => ({ event: 'bestChainBlockIncluded', block: null }),
    finalized: (hash) => ({ event: 'finalized', block: { hash, index: 1 } }),
  },
}
for (const [method, words] of Object.entries(WATCHES)) {
  test(`${method} tells of inclusion, of retraction, and of finality only once it is there`, async (t) => {
    const { client } = await lagging(t, 2)
    const watching = await submitTransfer(client, method)
    const first = await client.call('dev_newBlock')

    await client.call('dev_setHead', 1, { resubmit: true })
    const second = await client.call('dev_newBlock')
    await client.call('dev_newBlock')
    const before = [words.ready, words.included(first), words.retracted(first), words.included(second)]
    assert.deepEqual(await heard(client, watching), before)
    await client.call('dev_newBlock', { count: 3 })

    assert.deepEqual(await heard(client, watching), [...before, words.finalized(second)])
  })
}

test('a transaction that both branches hold goes from the one block to the other', async (t) => {
  const { client } = await lagging(t, 2)
  const bytes = await transfer(client, { from: alice, to: bob })
  const watching = await client.call('author_submitAndWatchExtrinsic', bytes)
  const first = await client.call('dev_newBlock')
  await client.call('dev_setHead', 1)
  await client.call('author_submitExtrinsic', bytes)
  const second = await client.call('dev_newBlock')

  await client.call('dev_setHead', first, { resubmit: true })

  assert.deepEqual(await client.call('author_pendingExtrinsics'), [])
  assert.deepEqual(await heard(client, watching), [
    'ready', { inBlock: first }, { retracted: first }, { inBlock: second }, { retracted: second }, { inBlock: first },
  ])
})

test('the transactions of dropped blocks are lost unless it is said otherwise', async (t) => {
  const { client } = await lagging(t, 5)
  await submitTransfer(client, 'author_submitExtrinsic', treasury)
  await client.call('dev_newBlock')

  await client.call('dev_setHead', 1)
  await client.call('dev_newBlock')

  assert.equal(await freeBalance(client, treasury), 0n)
})

test('resubmitted transactions wait again in their order, before those that waited already', async (t) => {
  const { client } = await lagging(t, 5)
  const transactions = []
  for (let nonce = 0; nonce < 3; nonce++) {
    const bytes = await transfer(client, { from: alice, to: treasury })
    transactions.push(bytes)
    await client.call('author_submitExtrinsic', bytes)
    if (nonce < 2) await client.call('dev_newBlock')
  }

  await client.call('dev_setHead', 1, { resubmit: true })

  assert.deepEqual(await client.call('author_pendingExtrinsics'), transactions)
  await client.call('dev_newBlock')
  assert.equal(await freeBalance(client, treasury), 30_000_000_000n)
})

test('resubmitted transactions make a block of their own in instant mode', async (t) => {
  const { client } = await start(t, '--finality-lag', '5')
  await submitTransfer(client, 'author_submitExtrinsic', treasury)
  await until(async () => (await freeBalance(client, treasury)) > 0n)
  const abandoned = await hashOf(client)

  await client.call('dev_setHead', 1, { resubmit: true })

  await until(async () => (await freeBalance(client, treasury)) > 0n)
  assert.notEqual(await hashOf(client), abandoned)
})

test('a smaller lag finalizes what it no longer holds back, and a larger one takes nothing back', async (t) => {
  const { client } = await lagging(t, 5)
  await client.call('dev_newBlock', { to: 10 })
  const following = await client.call('chainHead_v1_follow', false)

  assert.equal(await client.call('dev_setFinalityLag', 2), await hashOf(client, 8))
  assert.equal(await client.call('dev_setFinalityLag', 4), await hashOf(client, 8))
  await client.call('dev_newBlock', { to: 12 })
  assert.equal(await finalizedNumber(client), 8)
  await client.call('dev_newBlock')
  assert.equal(await finalizedNumber(client), 9)

  const finalized = (await heard(client, following)).filter(({ event }) => event === 'finalized')
  const hashes = await Promise.all([6, 7, 8, 9].map((number) => hashOf(client, number)))
  assert.deepEqual(
    finalized.map(({ finalizedBlockHashes }) => finalizedBlockHashes), [hashes.slice(0, 3), hashes.slice(3)])
})

test('a lag that is no number of blocks is refused', async (t) => {
  const { client } = await start(t)

  for (const lag of [-1, 1.5, '2', null]) {
    await assert.rejects(client.call('dev_setFinalityLag', lag), { code: -32602 })
  }
  assert.match((await start(t, '--finality-lag=-1')).errors, /not a number of blocks: -1/)
})

/** Numbers below `limit` that look random and come again from the same seed. */
function dice(seed) {
  let state = seed
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor(state / 2 ** 32 * limit)
  }
}

/** What the launcher should say, from the tree of all blocks. */
class Model {
  #parents = new Map()

  constructor(genesis, first) {
    this.#parents.set(genesis, undefined).set(first, genesis)
    this.head = this.finalized = first
  }

  /** All but genesis, on which no launcher rests: it would make block 1 at its next start. */
  get blocks() {
    return [...this.#parents.keys()].slice(1)
  }

  /** From genesis to that block: its place is its number. */
  line(hash) {
    const up = []
    for (let at = hash; at !== undefined; at = this.#parents.get(at)) up.unshift(at)
    return up
  }

  add(hash) {
    this.#parents.set(hash, this.head)
  }

  moveTo(head, lag) {
    this.head = head
    const line = this.line(head)
    const kept = this.line(this.finalized).findLastIndex((hash, number) => line[number] === hash)
    this.finalized = line[Math.max(kept, line.length - 1 - lag)]
  }
}

/** A client that believes what chainHead_v1_follow tells it, and protests when that makes no sense. */
class Follower {
  #parents = new Map()
  #handlers = {
    initialized: ({ finalizedBlockHashes }) => {
      this.finalized = this.best = finalizedBlockHashes.at(-1)
    },
    newBlock: ({ blockHash, parentBlockHash }) => {
      assert.ok(!this.#parents.has(blockHash), 'told twice of a block')
      assert.ok(this.#knows(parentBlockHash), 'told of a block before its parent')
      this.#parents.set(blockHash, parentBlockHash)
    },
    bestBlockChanged: ({ bestBlockHash }) => {
      assert.ok(this.#knows(bestBlockHash), 'the best block is unknown')
      this.best = bestBlockHash
    },
    finalized: ({ finalizedBlockHashes, prunedBlockHashes }) => {
      for (const hash of finalizedBlockHashes) {
        assert.equal(this.#parents.get(hash), this.finalized, 'finality left a gap')
        this.#parents.delete(hash)
        this.finalized = hash
      }
      for (const hash of prunedBlockHashes) assert.ok(this.#parents.delete(hash), 'an unknown block was pruned')
      for (const parent of this.#parents.values()) assert.ok(this.#knows(parent), 'a dead branch was not pruned')
      assert.ok(this.#knows(this.best), 'the best block was pruned')
    },
    stop: () => {
      this.isStopped = true
    },
  }

  #knows(hash) {
    return hash === this.finalized || this.#parents.has(hash)
  }

  hear(event) {
    this.#handlers[event.event](event)
  }
}

test('on a random walk the launcher, a follower and a model agree on what is best and what is final', async (t) => {
  const seed = Number(process.env.WALK_SEED ?? Date.now() % 2 ** 32)
  t.diagnostic(`WALK_SEED=${seed}`)
  const roll = dice(seed)
  const db = databasePath()
  let lag = 2
  let chain = await lagging(t, lag, '--db', db)
  let follower
  let subscription
  let heardOf
  const follow = async () => {
    follower = new Follower()
    heardOf = 0
    subscription = await chain.client.call('chainHead_v1_follow', true)
  }
  await follow()
  const model = new Model(chain.genesis_hash, await hashOf(chain.client))

  const build = async () => {
    const hash = await chain.client.call('dev_newBlock')
    model.add(hash)
    model.moveTo(hash, lag)
  }
  const move = async (hash) => {
    await chain.client.call('dev_setHead', hash)
    model.moveTo(hash, lag)
  }
  const acts = {
    build,
    reorganise: () => {
      const recent = model.line(model.head).slice(1).slice(-4)
      return move(recent[roll(recent.length)])
    },
    goAnywhere: () => move(model.blocks[roll(model.blocks.length)]),
    changeLag: async () => {
      lag = roll(5)
      await chain.client.call('dev_setFinalityLag', lag)
      model.moveTo(model.head, lag)
    },
    kill: async () => {
      await chain.end('SIGKILL')
      lag = roll(5)
      chain = await lagging(t, lag, '--db', db)
      model.moveTo(model.head, lag)
      await follow()
    },
  }
  const likely = ['build', 'build', 'build', 'build', 'reorganise', 'reorganise', 'goAnywhere', 'changeLag']
  for (let step = 1; step <= 150; step++) {
    await acts[step % 50 === 0 ? 'kill' : likely[roll(likely.length)]]()

    const line = model.line(model.head)
    assert.equal(await hashOf(chain.client), model.head)
    assert.equal(await finalizedHead(chain.client), model.finalized)
    const number = roll(line.length + 1)
    assert.equal(await hashOf(chain.client, number), line[number] ?? null)
    const events = await heard(chain.client, subscription)
    for (const event of events.slice(heardOf)) follower.hear(event)
    heardOf = events.length
    if (follower.isStopped) await follow()
    else assert.deepEqual([follower.best, follower.finalized], [model.head, model.finalized])
  }
})
