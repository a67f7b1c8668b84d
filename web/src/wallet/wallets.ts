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

type Injected = Awaited<ReturnType<NonNullable<NonNullable<Window['injectedWeb3']>[string]>['enable']>>
type Account = Awaited<ReturnType<Injected['accounts']['get']>>[number]

const WALLET_NAMES: Record<string, string> = {
  'polkadot-js': 'Polkadot{.js}',
  'subwallet-js': 'SubWallet',
  'nova-wallet': 'Nova Wallet',
  talisman: 'Talisman',
}
const APP = 'Descrow'

export function installedWallets(): Wallet[] {
  const injected = Object.keys(window.injectedWeb3 ?? {}).map(injectedWallet)
  return import.meta.env.MODE === 'devstack' ? [...injected, demoWallet()] : injected
}

/** The account with this address, in the wallet it signed in with or in any other. Throws `WalletNotFound`. */
export async function findAccount(address: string, walletId: string | undefined): Promise<WalletAccount> {
  const { sameAccount } = await import('./address')
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
      const accounts = await injected.accounts.get()
      return accounts.filter(isSubstrateAccount).map(account => injectedAccount(id, injected, account))
    },
  }
}

/** Return false for Ethereum accounts, which some wallets list too and which the shop cannot verify. */
function isSubstrateAccount(account: Account): boolean {
  return account.type !== ('ethereum' as string)
}

function injectedAccount(walletId: string, { signer }: Injected, { address, name }: Account): WalletAccount {
  return {
    address,
    name,
    walletId,
    async signMessage(message) {
      const data = hexOf(message)
      return (await signer.signRaw({ address, data, type: 'bytes' }).catch(throwRefused)).signature
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

function hexOf(text: string): string {
  return `0x${Array.from(new TextEncoder().encode(text), byte => byte.toString(16).padStart(2, '0')).join('')}`
}

function throwRefused(cause: unknown): never {
  throw new WalletRefused(cause)
}
