/** Kenyan mobile numbers, by the very rule that the API applies: it is data, and this is the same file. */
import rule from '../../../../src/descrow/mpesa/phone_rule.json' with { type: 'json' }

const PATTERN = new RegExp(rule.pattern)

/** The number in 12 digits; undefined for what is no such number. */
export function parsePhone(text: string): string | undefined {
  const bare = Array.from(text)
    .filter(letter => !rule.stripped.includes(letter))
    .join('')
  const found = PATTERN.exec(bare)
  return found === null ? undefined : rule.prefix + found[1]
}
