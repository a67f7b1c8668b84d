// Starts the local chain: reads the options, opens genesis and database, serves JSON-RPC.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { zstdDecompressSync } from 'node:zlib'
import { BUILD_MODES, Chain } from './chain.mjs'
import { hex } from './header.mjs'
import { logger } from './log.mjs'
import { devMethods } from './rpc/dev.mjs'
import { legacyMethods } from './rpc/legacy.mjs'
import { specMethods } from './rpc/spec.mjs'
import { listen } from './server.mjs'
import { Store } from './store.mjs'

const USAGE = `usage: node launcher.mjs [options]
  --genesis PATH       genesis file, .json or .json.zst (default: the committed one)
  --db PATH            database file, or :memory: (default)
  --host ADDRESS       default 127.0.0.1
  --port N             0 takes a free one (default 9944)
  --blocks MODE        ${BUILD_MODES.join(', ')} (default instant)
  --empty-every-s N    also a block when N seconds have passed without one (default 0: never)
  --finality-lag N     a block is final once N blocks are on top of it (default 0: at once)
  --log LEVEL          off, error, warn, info, debug, trace (default info)`

function readOptions() {
  const { values } = parseArgs({
    options: {
      genesis: { type: 'string', default: fileURLToPath(new URL('../genesis.json.zst', import.meta.url)) },
      db: { type: 'string', default: ':memory:' },
      host: { type: 'string', default: '127.0.0.1' },
      port: { type: 'string', default: '9944' },
      blocks: { type: 'string', default: 'instant' },
      'empty-every-s': { type: 'string', default: '0' },
      'finality-lag': { type: 'string', default: '0' },
      log: { type: 'string', default: 'info' },
      help: { type: 'boolean', default: false },
    },
  })
  const port = Number(values.port)
  const emptyEveryS = Number(values['empty-every-s'])
  const finalityLag = Number(values['finality-lag'])
  if (!Number.isInteger(port) || port < 0 || port > 65535) throw new TypeError(`not a port: ${values.port}`)
  if (!(emptyEveryS >= 0)) throw new TypeError(`not a number of seconds: ${values['empty-every-s']}`)
  if (!Number.isSafeInteger(finalityLag) || finalityLag < 0) {
    throw new TypeError(`not a number of blocks: ${values['finality-lag']}`)
  }
  if (!BUILD_MODES.includes(values.blocks)) throw new TypeError(`unknown build mode: ${values.blocks}`)
  return { ...values, port, emptyEveryS, finalityLag }
}

function readGenesis(path) {
  const bytes = readFileSync(path)
  return JSON.parse(path.endsWith('.zst') ? zstdDecompressSync(bytes) : bytes)
}

/** Make an empty block whenever `seconds` have passed without a block. */
function keepMoving(chain, seconds, log) {
  const tick = () => {
    if (chain.mode === 'manual') return timer.refresh()
    try {
      chain.buildBlock()
    } catch (error) {
      log('error', `an empty block could not be built: ${error.stack}`)
      timer.refresh()
    }
  }
  const timer = setTimeout(tick, seconds * 1000)
  chain.on('head', () => timer.refresh())
}

function allMethods(chain) {
  const methods = { ...legacyMethods(chain), ...specMethods(chain), ...devMethods(chain) }
  methods.rpc_methods = () => ({ version: 1, methods: Object.keys(methods).sort() })
  return methods
}

async function main() {
  const options = readOptions()
  if (options.help) {
    process.stdout.write(`${USAGE}\n`)
    return
  }
  const log = logger(options.log)
  const store = new Store(options.db)
  const chain = new Chain({
    store, genesis: readGenesis(options.genesis), mode: options.blocks, finalityLag: options.finalityLag, log,
  })
  const server = await listen({ host: options.host, port: options.port, methods: allMethods(chain), log })
  if (options.emptyEveryS > 0) keepMoving(chain, options.emptyEveryS, log)

  const stop = () => {
    server.close()
    store.close()
    process.exit(0)
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  // What escapes a request must not end the chain for everybody; every block is already on disk.
  process.on('uncaughtException', (error) => log('error', `uncaught: ${error.stack}`))
  process.on('unhandledRejection', (error) => log('error', `unhandled: ${error?.stack ?? error}`))

  process.stdout.write(`${JSON.stringify({
    event: 'ready', port: server.port, genesis_hash: hex(chain.genesisHash), head: chain.head.number,
  })}\n`)
}

main().catch((error) => {
  const reason = error.code === 'EADDRINUSE' ? `port ${error.port} is already in use` : error.message
  process.stderr.write(`launcher: ${reason}\n`)
  process.exit(1)
})
