/** Wallets that extensions and wallet browsers put into the page, as many as there are, and the demo's. */
import type { PolkadotSigner } from 'polkadot-api/signer'
import { Refusal } from '@/api/problem'

export interface WalletAccount {
  address: string
  name: string | undefined
  walletId: string
  /** Sign a text as wallets do, wrapped in `<Bytes>`; the signature as 0x and hex digits. */
  signMessage(message: string): Promise<string>
  /** What signs transactions; loaded when it is needed. */
  transactionSigner(): Promise<PolkadotSigner>
}

export interface Wallet {
  id: string
  name: string
  isDemo: boolean
  /** The accounts that the wallet lets us see. Throws `WalletRefused` when its owner says no. */
  connect(): Promise<WalletAccount[]>
}

/** The wallet's owner said no, or the wallet could not. Nothing was signed. */
export class WalletRefused extends Refusal {
  constructor(cause: unknown) {
    super('wallet_refused', 'the wallet refused', { cause })
  }
}

/** No wallet in this browser holds the account that is signed in. */
export class WalletGone extends Refusal {
  constructor(readonly address: string) {
    super('wallet_gone', `no wallet here holds ${address}`)
  }
}

type Injected = Awaited<ReturnType<NonNullable<NonNullable<Window['injectedWeb3']>[string]>['enable']>>
type Account = Awaited<ReturnType<Injected['accounts']['get']>>[number]

const NAMES: Record<string, string> = {
  'polkadot-js': 'Polkadot{.js}',
  'subwallet-js': 'SubWallet',
  'nova-wallet': 'Nova Wallet',
  talisman: 'Talisman',
}
const APP = 'Descrow'

export function installedWallets(): Wallet[] {
  const injected = Object.keys(window.injectedWeb3 ?? {}).map(injectedWallet)
  return import.meta.env.MODE === 'devstack' ? [...injected, demo()] : injected
}

/** The account with this address, in the wallet it signed in with or in any other. Throws `WalletGone`. */
export async function findAccount(address: string, walletId: string | undefined): Promise<WalletAccount> {
  const { sameAccount } = await import('./address')
  const wallets = installedWallets()
  wallets.sort((one, other) => Number(other.id === walletId) - Number(one.id === walletId))
  for (const wallet of wallets) {
    const accounts = await wallet.connect().catch(() => [])
    const found = accounts.find(account => sameAccount(account.address, address))
    if (found !== undefined) return found
  }
  throw new WalletGone(address)
}

/** Opens this page inside a wallet's own browser, for phones, where no wallet can reach into another browser. */
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
    name: NAMES[id] ?? id,
    isDemo: false,
    async connect() {
      const injected = await window.injectedWeb3?.[id]?.enable(APP).catch(refused)
      if (injected === undefined) throw new WalletRefused('it is not there any more')
      const accounts = await injected.accounts.get()
      return accounts.filter(isOfThisKind).map(account => injectedAccount(id, injected, account))
    },
  }
}

/** Some wallets list Ethereum accounts too, which sign in another way than the shop knows. */
function isOfThisKind(account: Account): boolean {
  return account.type !== ('ethereum' as string)
}

function injectedAccount(walletId: string, { signer }: Injected, { address, name }: Account): WalletAccount {
  return {
    address,
    name,
    walletId,
    async signMessage(message) {
      const data = hexOf(message)
      return (await signer.signRaw({ address, data, type: 'bytes' }).catch(refused)).signature
    },
    async transactionSigner() {
      const { getPolkadotSignerFromPjs } = await import('polkadot-api/pjs-signer')
      return getPolkadotSignerFromPjs(
        address,
        payload => signer.signPayload(payload).catch(refused),
        payload => signer.signRaw(payload).catch(refused),
      )
    },
  }
}

function demo(): Wallet {
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

function refused(cause: unknown): never {
  throw new WalletRefused(cause)
}
