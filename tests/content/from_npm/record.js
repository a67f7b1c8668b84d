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

// As npm's ipfs-car does by default: the files in a folder, which is the CAR's root.
async function importFolder (store) {
  const files = [
    { path: 'guide/karibu.txt', content: Buffer.from('Karibu sana. '.repeat(1000)) },
    { path: 'guide/pictures/one.bin', content: bytes(1500) },
    { path: 'guide/pictures/again.bin', content: bytes(1500) }
  ]
  const options = { cidVersion: 1, rawLeaves: true, wrapWithDirectory: true, chunker: fixedSize({ chunkSize: 512 }) }
  let last
  for await (const entry of importer(files, store, options)) last = entry
  return last.cid
}

// As `ipfs add` of Kubo does by default: CIDs of version 0, and leaves that are dag-pb nodes.
async function importVersion0 (size, chunk, store) {
  const options = { cidVersion: 0, rawLeaves: false, chunker: fixedSize({ chunkSize: chunk }) }
  for await (const file of importer([{ content: bytes(size) }], store, options)) return file.cid
}

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

const folderStore = new MemoryBlockstore()
const folderRoot = await importFolder(folderStore)
writeFileSync('folder.car', await carOf(folderRoot, folderStore))

const version0 = {}
for (const [name, size] of [['leaf', 300], ['nodes', 3000]]) {
  const store = new MemoryBlockstore()
  const root = await importVersion0(size, 512, store)
  writeFileSync(`version0-${name}.car`, await carOf(root, store))
  version0[name] = { size, cid: root.toString() }
}

const vectors = { files, car: { size: 3_000_000, sha256: car }, small: { size: 2000, cid: smallRoot.toString() }, folder: folderRoot.toString(), version0 }
writeFileSync('vectors.json', JSON.stringify(vectors, null, 2) + '\n')
