import { build, type Rolldown } from 'vite'
import { beforeEach, expect, it, vi } from 'vitest'

const DEVELOPMENT_PHRASE = 'bottom drive obey lake curtain smoke basket hold race lonely fit walk'
const TRACES = [DEVELOPMENT_PHRASE, '//Wanjiru', 'sr25519CreateDerive', 'demoAccounts']

beforeEach(() => {
  vi.stubEnv('NODE_ENV', 'production') // as `npm run build` has it; a test runner has its own
})

it('the production build holds nothing of the demo wallet', async () => {
  const code = await built('production')

  for (const trace of TRACES) expect(code.includes(trace), trace).toBe(false)
})

it('the build of the dev stack holds the demo wallet', async () => {
  const code = await built('devstack')

  expect(code).toContain(DEVELOPMENT_PHRASE)
  expect(code).toContain('//Wanjiru')
})

/** All script of a build, made in memory. */
async function built(mode: string): Promise<string> {
  const output = await build({ mode, logLevel: 'silent', build: { write: false } })
  const { output: files } = output as Rolldown.RolldownOutput
  return files.map(file => (file.type === 'chunk' ? file.code : '')).join('\n')
}
