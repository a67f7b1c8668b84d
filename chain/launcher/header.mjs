// Block headers: their SCALE bytes, their hash, and the JSON that clients expect.

import { blake2b256 } from './hashing.mjs'
import { compact, Reader } from './scale.mjs'

export const hex = (bytes) => '0x' + Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')
/** Bytes from hexadecimal; like a Substrate node it does not insist on the 0x. */
export const unhex = (text) => {
  const digits = String(text).replace(/^0x/, '')
  if (typeof text !== 'string' || !/^([0-9a-fA-F]{2})*$/.test(digits)) {
    throw new TypeError(`not a hexadecimal string: ${String(text).slice(0, 80)}`)
  }
  return Buffer.from(digits, 'hex')
}

export const encodeHeader = ({ parentHash, number, stateRoot, extrinsicsRoot, logs = [] }) =>
  Buffer.concat([parentHash, compact(number), stateRoot, extrinsicsRoot, compact(logs.length), ...logs])

export const hashOf = (header) => blake2b256(header)

export function decodeHeader(bytes) {
  const reader = new Reader(bytes)
  const header = {
    parentHash: reader.take(32),
    number: reader.compact(),
    stateRoot: reader.take(32),
    extrinsicsRoot: reader.take(32),
  }
  header.logs = Array.from({ length: reader.compact() }, () => takeLog(reader))
  return header
}

/** One digest item, kept as bytes: an engine's name and data, data alone, or neither. */
function takeLog(reader) {
  const start = reader.at
  const kind = reader.u8()
  if (kind === 4 || kind === 5 || kind === 6) reader.take(4)
  if (kind !== 8) reader.prefixed()
  return reader.bytes.subarray(start, reader.at)
}

export function headerJson(bytes) {
  const { parentHash, number, stateRoot, extrinsicsRoot, logs } = decodeHeader(bytes)
  return {
    parentHash: hex(parentHash),
    number: '0x' + number.toString(16),
    stateRoot: hex(stateRoot),
    extrinsicsRoot: hex(extrinsicsRoot),
    digest: { logs: logs.map(hex) },
  }
}

/** A body is stored as its extrinsics one after the other: each says its own length. */
export function splitBody(body) {
  const reader = new Reader(body)
  const extrinsics = []
  while (!reader.isAtEnd) {
    const start = reader.at
    reader.prefixed()
    extrinsics.push(body.subarray(start, reader.at))
  }
  return extrinsics
}
