import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Node } from '@/chain/node'
import { introduceChain } from './chainDefinition'
import type { WalletAccount, WalletMetadata } from './wallets'

const GENESIS = '0x68d56f15f85d3136970ec16946040bc1752654e906147f7e43e9d539d7c3de2f'
const NODE = {
  client: {
    getChainSpecData: async () => ({
      name: 'Polkadot Asset Hub',
      genesisHash: GENESIS,
      properties: { ss58Format: 0, tokenDecimals: [10], tokenSymbol: ['DOT'] },
    }),
  },
  runtime: {
    constants: { System: { Version: async () => ({ spec_version: 7 }) } },
    apis: { Metadata: { metadata: async () => new TextEncoder().encode('meta') } },
  },
} as unknown as Node

function account(metadata: WalletMetadata | undefined) {
  return { metadata } as WalletAccount
}

function wallet(known: Awaited<ReturnType<WalletMetadata['get']>>) {
  return { get: async () => known, provide: vi.fn(async () => true) }
}

describe('a chain', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  it.each([
    ['knows no chain', []],
    ['knows another chain', [{ genesisHash: '0x00', specVersion: 7 }]],
    ['knows an older runtime', [{ genesisHash: GENESIS, specVersion: 6 }]],
  ])('is introduced to a wallet that %s', async (_, known) => {
    const metadata = wallet(known)

    await introduceChain(account(metadata), NODE)

    expect(metadata.provide).toHaveBeenCalledWith({
      chain: 'Polkadot Asset Hub',
      genesisHash: GENESIS,
      specVersion: 7,
      ss58Format: 0,
      tokenDecimals: 10,
      tokenSymbol: 'DOT',
      chainType: 'substrate',
      icon: 'substrate',
      types: {},
      metaCalls: btoa('meta'),
    })
  })

  it('is not introduced twice', async () => {
    const metadata = wallet([{ genesisHash: GENESIS, specVersion: 7 }])

    await introduceChain(account(metadata), NODE)

    expect(metadata.provide).not.toHaveBeenCalled()
  })

  it('holds no payment up where the wallet declines, fails or cannot learn', async () => {
    const fails = async () => {
      throw new Error('declined')
    }
    await introduceChain(account({ get: fails, provide: fails }), NODE)
    await introduceChain(account({ ...wallet([]), provide: fails }), NODE)
    await introduceChain(account(undefined), NODE)
  })

  it('holds no payment up for ever where the wallet never answers', async () => {
    vi.useFakeTimers()
    const waiting = introduceChain(account({ ...wallet([]), provide: () => new Promise(() => {}) }), NODE)

    await vi.advanceTimersByTimeAsync(60_000)

    await waiting
  })
})
