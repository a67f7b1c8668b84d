// Makes the genesis file from a compiled runtime: `node build-genesis.mjs RUNTIME.wasm OUT.json.zst`.
//
// The runtime builds its own first state, from the preset that it carries (`src/genesis.rs`).

import { readFileSync, writeFileSync } from 'node:fs'
import { constants, zstdCompressSync } from 'node:zlib'
import { Executor, COMPRESSED_PREFIX } from './executor.mjs'
import { hex } from './header.mjs'
import { logger } from './log.mjs'
import { isChildKey, Overlay } from './overlay.mjs'
import { prefixed, Reader, some } from './scale.mjs'

const PRESET = 'local'
const CODE_KEY = ':code'

const compressed = (bytes) => zstdCompressSync(bytes, {
  params: {
    [constants.ZSTD_c_compressionLevel]: 22,
    [constants.ZSTD_c_windowLog]: 23, // as far as any reader goes without being told to
    [constants.ZSTD_c_enableLongDistanceMatching]: 1,
  },
})

/** A state that holds nothing but the runtime itself. */
const stateOf = (code) => ({
  get: (key) => (key === CODE_KEY ? code : undefined),
  versionOf: () => 0,
  nextKey: () => undefined,
})

function main([wasmPath, outPath]) {
  if (!outPath) throw new Error('usage: node build-genesis.mjs RUNTIME.wasm OUT.json.zst')
  const code = Buffer.concat([COMPRESSED_PREFIX, compressed(readFileSync(wasmPath))])
  const executor = new Executor(logger('info'))
  const overlay = new Overlay(stateOf(code))

  const preset = new Reader(
    executor.call(overlay, 'GenesisBuilder_get_preset', some(prefixed(Buffer.from(PRESET)))))
  if (preset.u8() !== 1) throw new Error(`the runtime has no preset "${PRESET}"`)
  const configuration = preset.prefixed()
  const built = new Reader(executor.call(overlay, 'GenesisBuilder_build_state', prefixed(configuration)))
  if (built.u8() !== 0) throw new Error(`the state could not be built: ${built.text()}`)

  const top = { [hex(Buffer.from(CODE_KEY))]: hex(code) }
  for (const [key, value] of overlay.changes()) {
    if (isChildKey(key)) throw new Error('a genesis with contract storage is not supported')
    if (value !== null) top[hex(Buffer.from(key, 'latin1'))] = hex(value)
  }
  const genesis = {
    name: 'Descrow Local',
    id: 'descrow_local',
    chainType: 'Development',
    properties: { ss58Format: 42, tokenDecimals: 10, tokenSymbol: 'DOT' },
    genesis: { raw: { top: Object.fromEntries(Object.entries(top).sort()), childrenDefault: {} } },
  }
  const packed = compressed(Buffer.from(JSON.stringify(genesis)))
  writeFileSync(outPath, packed)
  console.error(`${Object.keys(top).length} entries, runtime ${code.length} bytes, file ${packed.length} bytes`)
}

main(process.argv.slice(2))
