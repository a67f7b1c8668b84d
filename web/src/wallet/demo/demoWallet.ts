/**
 * The accounts of a development chain, whose keys everybody knows, signing for real. Only `--mode devstack` builds hold
 * this file: `tests/productionBuild.test.ts` looks for it in the others.
 */
import { sr25519CreateDerive } from '@polkadot-labs/hdkd'
import { DEV_PHRASE, entropyToMiniSecret, mnemonicToEntropy, ss58Address } from '@polkadot-labs/hdkd-helpers'
import { getPolkadotSigner } from 'polkadot-api/signer'
import { toHex } from 'polkadot-api/utils'
import type { WalletAccount } from '../wallets'

/** `chain/README.md` lists them, with what the genesis gives them. */
const PEOPLE = {
  Wanjiru: '//Wanjiru',
  Otieno: '//Otieno',
  Achieng: '//Achieng',
  Kamau: '//Kamau',
  Arbiter: '//Arbiter',
  Owner: '//Owner',
  Guardian: '//Guardian',
} as const

export type DemoName = keyof typeof PEOPLE

const DEV_CHAIN_PREFIX = 42

export function demoAccounts(): WalletAccount[] {
  const derive = sr25519CreateDerive(entropyToMiniSecret(mnemonicToEntropy(DEV_PHRASE)))
  return (Object.keys(PEOPLE) as DemoName[]).map(name => {
    const key = derive(PEOPLE[name])
    const text = new TextEncoder()
    return {
      address: ss58Address(key.publicKey, DEV_CHAIN_PREFIX),
      name,
      walletId: 'demo',
      signMessage: async message => toHex(key.sign(text.encode(`<Bytes>${message}</Bytes>`))),
      transactionSigner: async () => getPolkadotSigner(key.publicKey, 'Sr25519', key.sign),
    }
  })
}
