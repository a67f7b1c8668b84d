import { readFileSync } from 'node:fs'
import openapiTS, { astToString } from 'openapi-typescript'
import { expect, it } from 'vitest'

const OPENAPI = new URL('../openapi.json', import.meta.url)
const TYPES = new URL('../src/api/schema.ts', import.meta.url)

it('the API types are what openapi.json says; `npm run api` makes them anew', async () => {
  const made = astToString(await openapiTS(OPENAPI))

  const kept = readFileSync(TYPES, 'utf8')

  expect(kept.slice(kept.indexOf('export interface paths'))).toBe(made)
})
