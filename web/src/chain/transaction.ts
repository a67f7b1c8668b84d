/** A call to the contract from the wallet to the final block, told step by step. */

import { Refusal } from '@/api/problem'
import type { ChainConfig } from '@/app/config'
import { findAccount } from '@/wallet/wallets'
import { checkIsWanted, type PreparedCall, type WantedCall } from './escrow'
import { bytesOf, connectTo } from './node'

/** Blocks for which what is signed may still be taken up: then the chain itself forgets it. */
const MORTAL_FOR_BLOCKS = 64

export interface Sent {
  hash: string
  /** The last block that can hold it. */
  validUntilBlock: number
}

export type Progress =
  | { step: 'signing' }
  | ({ step: 'sent' } & Sent)
  | ({ step: 'inBlock'; block: number } & Sent)
  | ({ step: 'final'; block: number } & Sent)

interface Wanted {
  chain: ChainConfig
  address: string
  walletId: string | undefined
  call: PreparedCall
  wanted: WantedCall
  onProgress(progress: Progress): void
}

/**
 * Sign what was prepared, if it is what is wanted, and follow it until a final block holds it. A best block may yet be
 * given up: then the step falls back to `sent`. Throws a `Refusal`; from `sent` on, money may have moved in spite of it.
 */
export async function signAndFollow({
  chain,
  address,
  walletId,
  call,
  wanted,
  onProgress,
}: Wanted): Promise<void> {
  const node = await connectTo(chain)
  checkIsWanted(call, wanted, chain.contractAddress)
  const account = await findAccount(address, walletId)
  const signer = await account.transactionSigner()
  const at = await node.client.getFinalizedBlock()
  const transaction = node.runtime.tx.Revive.call({
    dest: call.dest,
    value: wanted.value,
    weight_limit: { ref_time: BigInt(call.refTimeLimit), proof_size: BigInt(call.proofSizeLimit) },
    storage_deposit_limit: BigInt(call.storageDepositLimitPlanck),
    data: bytesOf(wanted.data),
  })

  onProgress({ step: 'signing' })
  await new Promise<void>((resolve, reject) => {
    transaction
      .signSubmitAndWatch(signer, { at: at.hash, mortality: { mortal: true, period: MORTAL_FOR_BLOCKS } })
      .subscribe({
        next(event) {
          const sent = { hash: event.txHash, validUntilBlock: at.number + MORTAL_FOR_BLOCKS - 1 }
          if (event.type === 'signed' || event.type === 'broadcasted') onProgress({ step: 'sent', ...sent })
          if (event.type === 'txBestBlocksState') {
            onProgress(
              event.found
                ? { step: 'inBlock', block: event.block.number, ...sent }
                : { step: 'sent', ...sent },
            )
          }
          if (event.type === 'finalized') {
            if (event.ok) onProgress({ step: 'final', block: event.block.number, ...sent })
            else reject(new Refusal('failed_on_chain', JSON.stringify(event.dispatchError.type)))
          }
        },
        error: error => reject(error instanceof Refusal ? error : new Refusal('not_in_block', String(error))),
        complete: resolve,
      })
  })
}
