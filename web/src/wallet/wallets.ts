/** The wallets that extensions and wallet browsers inject into the page, and the demo wallet. */
import type { PolkadotSigner } from 'polkadot-api/signer'
import { AppError } from '@/api/problem'

export interface WalletAccount {
  address: string
  name: string | undefined
  walletId: string
  /** Sign a text wrapped in `<Bytes>`, as wallets do. Returns the signature as 0x and hex digits. */
  signMessage(message: string): Promise<string>
  /** Return the signer of transactions, loaded when it is needed. */
  transactionSigner(): Promise<PolkadotSigner>
  /** What the wallet knows of chains; undefined for wallets that learn of chains by themselves. */
  metadata: WalletMetadata | undefined
}

/** What a wallet must know of a chain to show a transaction in words. */
export interface ChainDefinition {
  chain: string
  genesisHash: string
  specVersion: number
  ss58Format: number
  tokenDecimals: number
  tokenSymbol: string
  chainType: 'substrate'
  icon: 'substrate'
  types: Record<string, never>
  /** The runtime's metadata in base64. */
  metaCalls: string
}

export interface WalletMetadata {
  get(): Promise<{ genesisHash: string; specVersion: number }[]>
  provide(definition: ChainDefinition): Promise<boolean>
}

export interface Wallet {
  id: string
  name: string
  isDemo: boolean
  /** Return the accounts that the wallet shares. Throws `WalletRefused` when its owner declines. */
  connect(): Promise<WalletAccount[]>
}

/** The owner of the wallet declined, or the wallet failed. Nothing was signed. */
export class WalletRefused extends AppError {
  constructor(cause: unknown) {
    super('wallet_refused', 'the wallet refused', { cause })
  }
}

/** No wallet in this browser holds the account that is signed in. */
export class WalletNotFound extends AppError {
  constructor(readonly address: string) {
    super('wallet_not_found', `no wallet in this browser holds ${address}`)
  }
}

type Enabled = Awaited<ReturnType<NonNullable<NonNullable<Window['injectedWeb3']>[string]>['enable']>>
type Injected = Enabled & { metadata?: WalletMetadata }
type Account = Awaited<ReturnType<Injected['accounts']['get']>>[number]

const WALLET_NAMES: Record<string, string> = {
  'polkadot-js': 'Polkadot{.js}',
  'subwallet-js': 'SubWallet',
  'nova-wallet': 'Nova Wallet',
  talisman: 'Talisman',
}
const APP = 'Descrow'

/** The wallets that are there at this moment. */
export function installedWallets(): Wallet[] {
  const injected = Object.keys(window.injectedWeb3 ?? {}).map(injectedWallet)
  return import.meta.env.MODE === 'devstack' ? [...injected, demoWallet()] : injected
}

export function isInstalled(walletId: string): boolean {
  return installedWallets().some(wallet => wallet.id === walletId)
}

/** The account with this address, in the wallet it signed in with or in any other. Throws `WalletNotFound`. */
export async function findAccount(address: string, walletId: string | undefined): Promise<WalletAccount> {
  const [{ sameAccount }, { waitForWallet }] = await Promise.all([import('./address'), import('./installed')])
  if (walletId !== undefined) await waitForWallet(walletId)
  const wallets = installedWallets()
  wallets.sort((a, b) => Number(b.id === walletId) - Number(a.id === walletId))
  for (const wallet of wallets) {
    const accounts = await wallet.connect().catch(() => [])
    const found = accounts.find(account => sameAccount(account.address, address))
    if (found !== undefined) return found
  }
  throw new WalletNotFound(address)
}

/** Return links that open a page inside a wallet's own browser. On phones no wallet reaches into another browser. */
export function deepLinks(page: string): { name: string; href: string }[] {
  const url = encodeURIComponent(page)
  return [
    { name: 'Nova Wallet', href: `https://app.novawallet.io/open/dapp?url=${url}` },
    { name: 'SubWallet', href: `https://mobile.subwallet.app/browser?url=${url}` },
  ]
}

function injectedWallet(id: string): Wallet {
  return {
    id,
    name: WALLET_NAMES[id] ?? id,
    isDemo: false,
    async connect() {
      const injected = await window.injectedWeb3?.[id]?.enable(APP).catch(throwRefused)
      if (injected === undefined) throw new WalletRefused('it is not there any more')
      const [accounts, { isSs58 }] = await Promise.all([injected.accounts.get(), import('./address')])
      // Some wallets list accounts of Ethereum, TON or Bitcoin too, with their kind or without.
      return accounts
        .filter(account => isSs58(account.address))
        .map(account => injectedAccount(id, injected, account))
    },
  }
}

function injectedAccount(
  walletId: string,
  { signer, metadata }: Injected,
  { address, name }: Account,
): WalletAccount {
  return {
    address,
    name,
    walletId,
    metadata,
    async signMessage(message) {
      // As text: polkadot-js shows hex digits as hex digits.
      const asked = { address, data: message, type: 'bytes' as const }
      return (await signer.signRaw(asked).catch(throwRefused)).signature
    },
    async transactionSigner() {
      const { getPolkadotSignerFromPjs } = await import('polkadot-api/pjs-signer')
      return getPolkadotSignerFromPjs(
        address,
        payload => signer.signPayload(payload).catch(throwRefused),
        payload => signer.signRaw(payload).catch(throwRefused),
      )
    },
  }
}

function demoWallet(): Wallet {
  return {
    id: 'demo',
    name: 'Demo',
    isDemo: true,
    connect: async () => (await import('./demo/demoWallet')).demoAccounts(),
  }
}

function throwRefused(cause: unknown): never {
  throw new WalletRefused(cause)
}
