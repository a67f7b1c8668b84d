#!/usr/bin/env bash
# isAscii of @polkadot/util says no to a text of two lines, and to one with a tab.
#
# Surprise: line feed and tab are ASCII. isAscii takes the printable characters only (0x20 to 0x7e).
# Why it matters: the polkadot-js extension shows a message as a text only where isAscii says yes, and else shows it as
#   it came. A page that sends the bytes of a message of several lines as hex, as many sign-in libraries do, has people
#   sign hex digits; the same bytes without the line breaks are shown as a text. Send one line, or send text.
# Version: @polkadot/util 14.0.3. Date: 2026-11-30. Source: tried; the extension 0.63.1 in Chromium.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund @polkadot/util@14.0.3
cat > run.cjs <<'JS'
const { isAscii, stringToHex } = require('@polkadot/util')
const { version } = JSON.parse(require('node:fs').readFileSync('node_modules/@polkadot/util/package.json', 'utf8'))
console.log('@polkadot/util', version)
const expected = { 'one line': true, 'two\nlines': false, 'a\ttab': false }
let same = true
for (const [text, answer] of Object.entries(expected)) {
  const seen = [isAscii(text), isAscii(stringToHex(text))]
  console.log(JSON.stringify(text), 'as text:', seen[0], 'as hex:', seen[1])
  same &&= seen.every(one => one === answer)
}
process.exit(same ? 0 : 1)
JS
node run.cjs
