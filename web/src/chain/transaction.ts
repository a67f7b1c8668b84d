/** Signs a call to the contract, sends it, and reports its progress up to the finalized block. */
import type { Transaction } from 'polkadot-api'
import { AppError } from '@/api/problem'
import type { ChainConfig } from '@/app/config'
import { introduceChain } from '@/wallet/chainDefinition'
import { findAccount } from '@/wallet/wallets'
import { assertSameCall, type ContractCall, type PreparedCall } from './escrow'
import { bytesOf, connectTo, type Node } from './node'

/** Number of blocks after which the chain no longer accepts a signed transaction. */
const MORTALITY_BLOCKS = 64

export interface SentTransaction {
  hash: string
  /** The last block that can hold it. */
  validUntilBlock: number
}

export type TransactionProgress =
  | { step: 'signing' }
  | ({ step: 'sent' } & SentTransaction)
  | ({ step: 'inBlock'; block: number } & SentTransaction)
  | ({ step: 'finalized'; block: number } & SentTransaction)

interface WalletRequest {
  chain: ChainConfig
  address: string
  walletId: string | undefined
  onProgress(progress: TransactionProgress): void
}

interface SubmitRequest extends WalletRequest {
  call: PreparedCall
  expected: ContractCall
}

/**
 * Sign what was prepared, if it is what is expected, and follow it until a final block holds it. A best block may yet be
 * given up: then the step falls back to `sent`. Throws a `Refusal`; from `sent` on, money may have moved in spite of it.
 */
export async function signAndSubmit({ call, expected, ...wallet }: SubmitRequest): Promise<void> {
  const node = await connectTo(wallet.chain)
  assertSameCall(call, expected, wallet.chain.contractAddress)
  const transaction = node.runtime.tx.Revive.call({
    dest: call.dest,
    value: expected.value,
    weight_limit: { ref_time: BigInt(call.refTimeLimit), proof_size: BigInt(call.proofSizeLimit) },
    storage_deposit_limit: BigInt(call.storageDepositLimitPlanck),
    data: bytesOf(expected.data),
  })
  await follow(node, transaction, wallet)
}

/**
 * Fetch the coin that was sent to the account of the user's contract address, which no wallet shows. The same key may
 * use that account; the fee is paid by the user's own.
 */
export async function fetchFromFallbackAccount(wallet: WalletRequest): Promise<void> {
  const node = await connectTo(wallet.chain)
  const { Balances, Revive } = node.runtime.tx
  const toOwner = Balances.transfer_all({ dest: { type: 'Id', value: wallet.address }, keep_alive: false })
  await follow(node, Revive.dispatch_as_fallback_account({ call: toOwner.decodedCall }), wallet)
}

async function follow(
  node: Node,
  transaction: Transaction,
  { address, walletId, onProgress }: WalletRequest,
): Promise<void> {
  const account = await findAccount(address, walletId)
  await introduceChain(account, node)
  const signer = await account.transactionSigner()
  const at = await node.client.getFinalizedBlock()

  onProgress({ step: 'signing' })
  await new Promise<void>((resolve, reject) => {
    transaction
      .signSubmitAndWatch(signer, { at: at.hash, mortality: { mortal: true, period: MORTALITY_BLOCKS } })
      .subscribe({
        next(event) {
          const sent = { hash: event.txHash, validUntilBlock: at.number + MORTALITY_BLOCKS - 1 }
          if (event.type === 'signed' || event.type === 'broadcasted') onProgress({ step: 'sent', ...sent })
          if (event.type === 'txBestBlocksState') {
            onProgress(
              event.found
                ? { step: 'inBlock', block: event.block.number, ...sent }
                : { step: 'sent', ...sent },
            )
          }
          if (event.type === 'finalized') {
            if (event.ok) onProgress({ step: 'finalized', block: event.block.number, ...sent })
            else reject(new AppError('failed_on_chain', JSON.stringify(event.dispatchError.type)))
          }
        },
        error: error =>
          reject(error instanceof AppError ? error : new AppError('not_in_block', String(error))),
        complete: resolve,
      })
  })
}
