import { expect, it } from 'vitest'
import table from '../../../../tests/mpesa/phones.json' with { type: 'json' }
import { parsePhone } from './phone'

it.each(table.cases)('$typed means $means, as the API has it', ({ typed, means }) => {
  expect(parsePhone(typed) ?? null).toBe(means)
})
