// Known answers for the functions that a chain's keys and roots are made with.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { blake2b256, keccak256, twox } from '../hashing.mjs'
import { hex } from '../header.mjs'
import { Overlay } from '../overlay.mjs'
import { compact, Reader } from '../scale.mjs'
import { trieRoot } from '../trie.mjs'

const text = (string) => Buffer.from(string)

test('hashes have the values that Substrate gives them', () => {
  assert.equal(hex(twox(text('System'), 128)), '0x26aa394eea5630e07c48ae0c9558cef7')
  assert.equal(hex(twox(text('abc'), 64)), '0x990977adf52cbc44')
  assert.equal(
    hex(twox(text('a longer text, for the loop over thirty-two bytes'), 64)),
    hex(twox(text('a longer text, for the loop over thirty-two bytes'), 128)).slice(0, 18))
  assert.equal(hex(blake2b256(text('abc'))), '0xbddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319')
  assert.equal(hex(keccak256(text(''))), '0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470')
})

test('the root of an empty trie is the well-known one', () => {
  assert.equal(hex(trieRoot([], 1, blake2b256)), '0x03170a2e7597b7b7e3d84c05391d139a62b157e78786d8c082f29dcf4c111314')
})

test('the order of the entries does not change a root', () => {
  const entries = [['a', '1'], ['ab', '2'], ['b', '3'.repeat(40)], ['', '4']].map((pair) => pair.map(text))

  assert.deepEqual(trieRoot(entries, 1, blake2b256), trieRoot(entries.toReversed(), 1, blake2b256))
})

test('compact numbers are read as they were written', () => {
  for (const value of [0, 63, 64, 16383, 16384, 2 ** 30 - 1, 2 ** 30, 2 ** 40 + 7]) {
    assert.equal(new Reader(compact(value)).compact(), value)
  }
})

const stored = (entries) => {
  const keys = Object.keys(entries).sort()
  return { get: (key) => entries[key], nextKey: (key) => keys.find((other) => other > key) }
}

test('the next key skips what was deleted and finds what was added', () => {
  const overlay = new Overlay(stored({ a: text('1'), c: text('2'), e: text('3') }))
  overlay.clear('c')
  overlay.startTransaction()
  overlay.set('d', text('4'))

  assert.equal(overlay.nextKey('a'), 'd')
  overlay.rollbackTransaction()
  assert.equal(overlay.nextKey('a'), 'e')
})

test('clearing a prefix counts stored keys against its limit, and says what is left', () => {
  const overlay = new Overlay(stored({ p1: text('1'), p2: text('2'), p3: text('3'), q: text('4') }))
  overlay.set('p0', text('0'))

  assert.deepEqual(overlay.clearPrefix('p', 2), { deleted: 3, isComplete: false })
  assert.deepEqual(overlay.clearPrefix('p', 2), { deleted: 1, isComplete: true })
  assert.equal(overlay.get('p3'), undefined)
  assert.deepEqual(overlay.get('q'), text('4'))
})

test('an item is appended to a list, and replaces what is no list', () => {
  const overlay = new Overlay(stored({ list: Buffer.from([4, 7]) }))

  overlay.append('list', Buffer.from([8]))
  overlay.append('new', Buffer.from([9]))

  assert.deepEqual(overlay.get('list'), Buffer.from([8, 7, 8]))
  assert.deepEqual(overlay.get('new'), Buffer.from([4, 9]))
})
