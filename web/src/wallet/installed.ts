/** Which wallets this browser has, and from when on: extensions inject theirs some time after the page has started. */
import { useMemo, useSyncExternalStore } from 'react'
import { installedWallets, isInstalled, type Wallet } from './wallets'

const LOOK_EVERY_MS = 200
/** Four of five extensions are there before the first script; a browser that wakes one up takes seconds. */
const INJECTED_WITHIN_MS = 5000

/** The installed wallets, those included that come while the page is shown. */
export function useInstalledWallets(): Wallet[] {
  const ids = useSyncExternalStore(watch, installedIds)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the ids tell when the list is another
  return useMemo(installedWallets, [ids])
}

/** Wait until a wallet is there, or until it should have been. */
export async function waitForWallet(id: string): Promise<void> {
  const until = Date.now() + INJECTED_WITHIN_MS
  while (!isInstalled(id) && Date.now() < until) {
    await new Promise(resolve => setTimeout(resolve, LOOK_EVERY_MS))
  }
}

function watch(onChange: () => void): () => void {
  const timer = setInterval(onChange, LOOK_EVERY_MS)
  return () => clearInterval(timer)
}

function installedIds(): string {
  return JSON.stringify(installedWallets().map(wallet => wallet.id))
}
