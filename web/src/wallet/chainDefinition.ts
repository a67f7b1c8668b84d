/** Makes a chain known to the wallet that is to sign for it. */
import type { Node } from '@/chain/node'
import type { ChainDefinition, WalletAccount } from './wallets'

/** The owner may read what the wallet asks; a wallet that never answers must not hold the payment up for ever. */
const ANSWERED_WITHIN_MS = 60_000
const ANY_CHAIN = 42

/**
 * Offer the chain's metadata to the wallet, unless it has that version. Without it the polkadot-js extension shows a
 * transaction as raw bytes. Its owner may decline; that, and a wallet that fails, changes nothing else.
 */
export async function introduceChain(account: WalletAccount, node: Node): Promise<void> {
  const { metadata } = account
  if (metadata === undefined) return
  const introduce = async () => {
    const { spec_version: specVersion } = await node.runtime.constants.System.Version()
    const { name, genesisHash, properties } = await node.client.getChainSpecData()
    const known = await metadata.get()
    if (known.some(chain => chain.genesisHash === genesisHash && chain.specVersion >= specVersion)) return
    await metadata.provide({
      chain: name,
      genesisHash,
      specVersion,
      ...unitsOf(properties),
      chainType: 'substrate',
      icon: 'substrate',
      types: {},
      metaCalls: base64Of(await node.runtime.apis.Metadata.metadata({ at: 'finalized' })),
    })
  }
  const timeout = new Promise<void>(resolve => setTimeout(resolve, ANSWERED_WITHIN_MS))
  await Promise.race([introduce().catch(() => undefined), timeout])
}

function unitsOf(properties: unknown): Pick<ChainDefinition, 'ss58Format' | 'tokenDecimals' | 'tokenSymbol'> {
  const stated = (properties ?? {}) as Record<string, unknown>
  return {
    ss58Format: numberOf(stated.ss58Format) ?? ANY_CHAIN,
    tokenDecimals: numberOf(stated.tokenDecimals) ?? 10,
    tokenSymbol: textOf(stated.tokenSymbol) ?? 'DOT',
  }
}

/** Chains state a value, or a list with one for each of their coins. */
function firstOf(stated: unknown): unknown {
  return Array.isArray(stated) ? stated[0] : stated
}

function numberOf(stated: unknown): number | undefined {
  const value = firstOf(stated)
  return typeof value === 'number' ? value : undefined
}

function textOf(stated: unknown): string | undefined {
  const value = firstOf(stated)
  return typeof value === 'string' ? value : undefined
}

function base64Of(bytes: Uint8Array): string {
  const characters: string[] = []
  for (const byte of bytes) characters.push(String.fromCharCode(byte))
  return btoa(characters.join(''))
}
