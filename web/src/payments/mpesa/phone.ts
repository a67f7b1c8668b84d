/** Kenyan mobile numbers, parsed by the rule file that the API uses too. */
import rule from '../../../../src/descrow/mpesa/phone_rule.json' with { type: 'json' }

const PATTERN = new RegExp(rule.pattern)

/** Parse a number into 12 digits; undefined for a text that is no Kenyan mobile number. */
export function parsePhone(text: string): string | undefined {
  const stripped = Array.from(text)
    .filter(letter => !rule.stripped.includes(letter))
    .join('')
  const found = PATTERN.exec(stripped)
  return found === null ? undefined : rule.prefix + found[1]
}
