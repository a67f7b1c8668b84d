// Records the CIDs and CAR files that npm's importer makes, for the tests to compare ours with:
//   npm ci --ignore-scripts && npm run record
// The files are the first bytes of SHAKE-128 of "descrow", which Python has too.
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { CarWriter } from '@ipld/car'
import * as dagPb from '@ipld/dag-pb'
import { MemoryBlockstore } from 'blockstore-core'
import { importer } from 'ipfs-unixfs-importer'
import { fixedSize } from 'ipfs-unixfs-importer/chunker'
import { balanced } from 'ipfs-unixfs-importer/layout'

const CHUNK = 262144
const WIDTH = 174
const FILES = [
  ...[0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3_000_000, 60_000_000].map((size) => ({ size, chunk: CHUNK })),
  // Small leaves, so that small files have high trees.
  ...[WIDTH - 1, WIDTH, WIDTH + 1, 2 * WIDTH, WIDTH ** 2, WIDTH ** 2 + 1].map((leaves) => ({ size: 4 * leaves, chunk: 4 }))
]

const bytes = (size) =>
  size === 0 ? Buffer.alloc(0) : createHash('shake128', { outputLength: size }).update('descrow').digest()

async function importFile (size, chunk, store) {
  const options = {
    cidVersion: 1,
    rawLeaves: true,
    reduceSingleLeafToSelf: true,
    chunker: fixedSize({ chunkSize: chunk }),
    layout: balanced({ maxChildrenPerNode: WIDTH })
  }
  for await (const file of importer([{ content: bytes(size) }], store, options)) return file.cid
}

async function blockOf (cid, store) {
  const pieces = []
  for await (const piece of store.get(cid)) pieces.push(piece)
  return Buffer.concat(pieces)
}

async function carOf (root, store) {
  const { writer, out } = CarWriter.create([root])
  const written = new Set()
  const pieces = []
  const reading = (async () => { for await (const piece of out) pieces.push(piece) })()
  async function put (cid) {
    const data = await blockOf(cid, store)
    if (!written.has(cid.toString())) {
      written.add(cid.toString())
      await writer.put({ cid, bytes: data })
    }
    if (cid.code === dagPb.code) for (const link of dagPb.decode(data).Links) await put(link.Hash)
  }
  await put(root)
  await writer.close()
  await reading
  return Buffer.concat(pieces)
}

const files = []
for (const { size, chunk } of FILES) {
  const cid = await importFile(size, chunk, new MemoryBlockstore())
  files.push({ size, chunk, cid: cid.toString() })
}

const store = new MemoryBlockstore()
const root = await importFile(3_000_000, CHUNK, store)
const car = createHash('sha256').update(await carOf(root, store)).digest('hex')

const smallStore = new MemoryBlockstore()
const smallRoot = await importFile(2000, 512, smallStore)
writeFileSync('small.car', await carOf(smallRoot, smallStore))

const vectors = { files, car: { size: 3_000_000, sha256: car }, small: { size: 2000, cid: smallRoot.toString() } }
writeFileSync('vectors.json', JSON.stringify(vectors, null, 2) + '\n')
