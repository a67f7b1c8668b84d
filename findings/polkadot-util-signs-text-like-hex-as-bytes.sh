#!/usr/bin/env bash
# A text that is made of 0x and hex digits is wrapped, and so signed, as the bytes that it spells.
#
# Surprise: signRaw of the polkadot-js wallets takes `data` as a string with type "bytes", so a page may pass any text.
#   u8aWrapBytes of @polkadot/util, which they sign, reads a string of 0x and an even number of hex digits as bytes, and
#   every other string as UTF-8.
# Why it matters: who verifies the signature over the text that was shown refuses a good one, or accepts one text for
#   another: a hash, an address or a nonce in hex alone cannot be signed as a text. Put a word before it.
# Version: @polkadot/util 14.0.3. Date: 2026-11-30. Source: tried.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund @polkadot/util@14.0.3
cat > run.cjs <<'JS'
const { u8aToString, u8aWrapBytes } = require('@polkadot/util')
const { version } = JSON.parse(require('node:fs').readFileSync('node_modules/@polkadot/util/package.json', 'utf8'))
console.log('@polkadot/util', version)
const expected = {
  'order 17': '<Bytes>order 17</Bytes>',
  '0x6f72646572203137': '<Bytes>order 17</Bytes>',
  '0x6f7264657220313': '<Bytes>0x6f7264657220313</Bytes>',
}
let same = true
for (const [text, signed] of Object.entries(expected)) {
  const seen = u8aToString(u8aWrapBytes(text))
  console.log(text, 'is signed as', seen)
  same &&= seen === signed
}
process.exit(same ? 0 : 1)
JS
node run.cjs
