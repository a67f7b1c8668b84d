// Blocks and their state in one SQLite database.
//
// A block is written with its state changes, as the new head, in one transaction with how far the
// chain is final by it, before anyone is told of it. Every block ever made is kept, also those that
// a re-organisation has abandoned: blocks are numbered in the order they were made (`seq`), and
// every value carries the `seq` of the block that wrote it. The state at a block is then the newest
// value that one of its ancestors wrote; its ancestors are a few unbroken runs of `seq`, one more
// for each fork it stands on.

import { DatabaseSync } from 'node:sqlite'

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS block (
    seq INTEGER PRIMARY KEY,
    number INTEGER NOT NULL,
    hash BLOB NOT NULL UNIQUE,
    parent INTEGER,
    run_start INTEGER NOT NULL,
    header BLOB NOT NULL,
    body BLOB NOT NULL
  );
  CREATE TABLE IF NOT EXISTS canonical (number INTEGER PRIMARY KEY, seq INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS state (
    key BLOB NOT NULL,
    seq INTEGER NOT NULL,
    value BLOB,
    PRIMARY KEY (key, seq)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value NOT NULL);
`
/** Views of the state that stay cached, so that a client working on a recent block is served fast. */
const CACHED_VIEWS = 16

const SQLITE_BUSY = 5

const bytesOf = (key) => Buffer.from(key, 'latin1')
const keyOf = (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).latin1Slice()

export class Store {
  #db
  #sql
  #views = new Map()

  constructor(path) {
    this.#db = new DatabaseSync(path)
    this.#open(path)
    this.#sql = this.#prepareAll({
      setting: 'SELECT value FROM setting WHERE name = ?',
      putSetting: 'INSERT OR REPLACE INTO setting VALUES (?, ?)',
      putBlock: 'INSERT INTO block VALUES (?, ?, ?, ?, ?, ?, ?)',
      lastSeq: 'SELECT max(seq) AS seq FROM block',
      blockBySeq: 'SELECT * FROM block WHERE seq = ?',
      blockByHash: 'SELECT * FROM block WHERE hash = ?',
      blockByNumber: 'SELECT block.* FROM canonical JOIN block USING (seq) WHERE canonical.number = ?',
      putCanonical: 'INSERT OR REPLACE INTO canonical VALUES (?, ?)',
      canonicalSeq: 'SELECT seq FROM canonical WHERE number = ?',
      cutCanonical: 'DELETE FROM canonical WHERE number > ?',
      putValue: 'INSERT OR REPLACE INTO state VALUES (?, ?, ?)',
      value:
        'SELECT value, seq FROM state WHERE key = ? AND seq BETWEEN ? AND ? ORDER BY seq DESC LIMIT 1',
      nextKey: 'SELECT key FROM state WHERE key > ? ORDER BY key LIMIT 1',
    })
  }

  /** Two launchers on one database would each build its own next block: the second is turned away. */
  #open(path) {
    try {
      this.#db.exec('PRAGMA locking_mode = EXCLUSIVE')
      this.#db.exec('PRAGMA journal_mode = WAL')
      this.#db.exec('PRAGMA synchronous = FULL')
      this.#db.exec(SCHEMA)
    } catch (error) {
      if (error.errcode !== SQLITE_BUSY) throw error
      throw new Error(`the database ${path} is in use by another process`, { cause: error })
    }
  }

  #prepareAll(statements) {
    return Object.fromEntries(
      Object.entries(statements).map(([name, text]) => [name, this.#db.prepare(text)]))
  }

  close() {
    this.#db.close()
  }

  #atomically(action) {
    this.#db.exec('BEGIN IMMEDIATE')
    try {
      const result = action()
      this.#db.exec('COMMIT')
      return result
    } catch (error) {
      this.#db.exec('ROLLBACK')
      throw error
    }
  }

  setting(name) {
    return this.#sql.setting.get(name)?.value
  }

  putSetting(name, value) {
    this.#sql.putSetting.run(name, value)
  }

  get head() {
    const seq = this.setting('head')
    return seq === undefined ? undefined : this.blockBySeq(seq)
  }

  /** Always on the chain that ends in the head. A database from before finality could lag is final throughout. */
  get finalized() {
    return this.blockByNumber(this.setting('finalized_number') ?? this.head.number)
  }

  putFinalized(number) {
    this.putSetting('finalized_number', number)
  }

  blockBySeq(seq) {
    return this.#asBlock(this.#sql.blockBySeq.get(seq))
  }

  blockByHash(hash) {
    return this.#asBlock(this.#sql.blockByHash.get(hash))
  }

  /** The block of that height on the chain that ends in the head. */
  blockByNumber(number) {
    return this.#asBlock(this.#sql.blockByNumber.get(number))
  }

  #asBlock(row) {
    if (!row) return undefined
    const buffer = (blob) => Buffer.from(blob.buffer, blob.byteOffset, blob.length)
    return {
      seq: row.seq,
      number: row.number,
      hash: buffer(row.hash),
      parent: row.parent ?? undefined,
      header: buffer(row.header),
      body: buffer(row.body),
    }
  }

  /** Store a block on top of `parent` (absent for genesis) and make it the head, final up to that number. */
  addBlock({ number, hash, header, body, changes }, parent, finalizedNumber) {
    const seq = (this.#sql.lastSeq.get().seq ?? -1) + 1
    this.#atomically(() => {
      const continues = parent !== undefined && parent.seq === seq - 1
      const runStart = continues ? this.#sql.blockBySeq.get(parent.seq).run_start : seq
      this.#sql.putBlock.run(seq, number, hash, parent?.seq ?? null, runStart, header, body)
      for (const [key, value] of changes) this.#sql.putValue.run(bytesOf(key), seq, value)
      this.#sql.putCanonical.run(number, seq)
      this.#sql.cutCanonical.run(number)
      this.putSetting('head', seq)
      this.putFinalized(finalizedNumber)
    })
    this.#inheritCache(parent, seq, changes)
    return this.blockBySeq(seq)
  }

  /** The new head's view begins with what its parent's view knew; the parent's starts afresh. */
  #inheritCache(parent, seq, changes) {
    const known = parent && this.#views.get(parent.seq)?.giveCache()
    const view = this.viewAt(seq, known)
    view.learn(changes)
  }

  /**
   * Make a known block the head, final up to that number; the blocks above it, or on other
   * branches, are kept aside.
   */
  setHead(block, finalizedNumber) {
    this.#atomically(() => {
      this.#sql.cutCanonical.run(block.number)
      let at = block
      while (at && this.#sql.canonicalSeq.get(at.number)?.seq !== at.seq) {
        this.#sql.putCanonical.run(at.number, at.seq)
        at = at.parent === undefined ? undefined : this.blockBySeq(at.parent)
      }
      this.putSetting('head', block.seq)
      this.putFinalized(finalizedNumber)
    })
  }

  /** Change the state at a block after the fact: for tests that need a state no call leads to. */
  overwriteState(block, changes) {
    this.#atomically(() => {
      for (const [key, value] of changes) this.#sql.putValue.run(bytesOf(key), block.seq, value)
    })
    this.#views.clear()
  }

  /** The state after the block with that `seq`. */
  viewAt(seq, known) {
    let view = this.#views.get(seq)
    if (view) {
      this.#views.delete(seq)
    } else {
      view = new StateView(this.#sql, this.#ancestry(seq), known)
    }
    this.#views.set(seq, view)
    if (this.#views.size > CACHED_VIEWS) this.#views.delete(this.#views.keys().next().value)
    return view
  }

  #ancestry(seq) {
    const runs = []
    for (let end = seq; end !== null; ) {
      const { run_start: start } = this.#sql.blockBySeq.get(end)
      runs.push([start, end])
      end = this.#sql.blockBySeq.get(start).parent
    }
    return runs
  }
}

/** The state as it was after one block. Read only. */
class StateView {
  #sql
  #runs
  #known

  constructor(sql, runs, known = new Map()) {
    this.#sql = sql
    this.#runs = runs
    this.#known = known
  }

  giveCache() {
    const known = this.#known
    this.#known = new Map()
    return known
  }

  learn(changes) {
    const seq = this.#runs[0][1]
    for (const [key, value] of changes) this.#known.set(key, { value: value ?? undefined, seq })
  }

  get(key) {
    return this.#lookUp(key).value
  }

  /** The block that wrote the value, as a short name for a large value. */
  versionOf(key) {
    return this.#lookUp(key).seq
  }

  #lookUp(key) {
    let found = this.#known.get(key)
    if (!found) {
      found = this.#query(bytesOf(key))
      this.#known.set(key, found)
    }
    return found
  }

  #query(key) {
    for (const [start, end] of this.#runs) {
      const row = this.#sql.value.get(key, start, end)
      if (row) return { value: row.value ?? undefined, seq: row.seq }
    }
    return { value: undefined, seq: undefined }
  }

  nextKey(key) {
    for (let row = this.#sql.nextKey.get(bytesOf(key)); row; row = this.#sql.nextKey.get(row.key)) {
      const next = keyOf(row.key)
      if (this.get(next) !== undefined) return next
    }
    return undefined
  }
}
