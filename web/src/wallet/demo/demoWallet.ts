/**
 * The accounts of a development chain, whose keys are public. Only `--mode devstack` builds contain this file;
 * `tests/productionBuild.test.ts` checks that others do not.
 */
import { sr25519CreateDerive } from '@polkadot-labs/hdkd'
import { DEV_PHRASE, entropyToMiniSecret, mnemonicToEntropy, ss58Address } from '@polkadot-labs/hdkd-helpers'
import { getPolkadotSigner } from 'polkadot-api/signer'
import { toHex } from 'polkadot-api/utils'
import type { WalletAccount } from '../wallets'

/** The accounts of the genesis block, as `chain/README.md` lists them. */
const DEMO_ACCOUNTS = {
  Wanjiru: '//Wanjiru',
  Otieno: '//Otieno',
  Achieng: '//Achieng',
  Kamau: '//Kamau',
  Arbiter: '//Arbiter',
  Owner: '//Owner',
  Guardian: '//Guardian',
} as const

export type DemoAccountName = keyof typeof DEMO_ACCOUNTS

const DEV_CHAIN_PREFIX = 42

export function demoAccounts(): WalletAccount[] {
  const derive = sr25519CreateDerive(entropyToMiniSecret(mnemonicToEntropy(DEV_PHRASE)))
  return (Object.keys(DEMO_ACCOUNTS) as DemoAccountName[]).map(name => {
    const key = derive(DEMO_ACCOUNTS[name])
    const text = new TextEncoder()
    return {
      address: ss58Address(key.publicKey, DEV_CHAIN_PREFIX),
      name,
      walletId: 'demo',
      metadata: undefined,
      signMessage: async message => toHex(key.sign(text.encode(`<Bytes>${message}</Bytes>`))),
      transactionSigner: async () => getPolkadotSigner(key.publicKey, 'Sr25519', key.sign),
    }
  })
}
