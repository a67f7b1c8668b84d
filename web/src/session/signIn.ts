import { api, unwrap } from '@/api/client'
import type { WalletAccount } from '@/wallet/wallets'
import { beginSession } from './session'

/** Prove to the shop that the wallet holds this account. Throws `ApiError` or `WalletRefused`. */
export async function signInWith(account: WalletAccount): Promise<void> {
  const challenge = await unwrap(api.POST('/api/v1/auth/challenge', { body: { address: account.address } }))
  const signature = await account.signMessage(challenge.message)
  const body = { nonce: challenge.nonce, signature }
  beginSession(await unwrap(api.POST('/api/v1/auth/session', { body })), account.walletId)
}
