import { expect, it } from 'vitest'
import { digestOfCid } from './cids'

const KNOWN = [
  [
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    'bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku',
  ],
  [
    '95b4207f9bfad66a7b67054a1fec776208d5f9e984104bc09382b38e092aeb30',
    'bafkreievwqqh7g722zvhwzyfjip6y53cbdk7t2mecbf4be4cwohaskxlga',
  ],
] as const

it.each(KNOWN)('the contract keeps %s of its CID', (digest, cid) => {
  expect(digestOfCid(cid)).toBe(`0x${digest}`)
})

it.each(['', 'QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn', 'bafkrei', 'b!'])(
  '%s is no CID of ours',
  text => {
    expect(() => digestOfCid(text)).toThrow(RangeError)
  },
)
