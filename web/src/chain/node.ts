/** The browser's own connection to the chain, to the node that the shop names. */
import { AccountId, Binary, createClient, type PolkadotClient, type Transaction } from 'polkadot-api'
import { getWsProvider } from 'polkadot-api/ws'
import { AppError } from '@/api/problem'
import type { ChainConfig } from '@/app/config'

const TIMEOUT_MS = 15_000

export interface Weight {
  ref_time: bigint
  proof_size: bigint
}

/** The result of `ReviveApi.call`. A revert counts as a success, with the first flag set. */
export interface DryRun {
  weight_required: Weight
  storage_deposit: { type: 'Charge' | 'Refund'; value: bigint }
  result:
    | { success: true; value: { flags: number; data: Uint8Array | string } }
    | { success: false; value: unknown }
}

/** The parts of the runtime that the app uses; `ReviveApi` counts values in planck. */
interface Runtime {
  apis: {
    ReviveApi: {
      call(
        origin: string,
        dest: string,
        value: bigint,
        weight: undefined,
        deposit: undefined,
        data: Uint8Array,
        options?: { at: string },
      ): Promise<DryRun>
      /** The balance that a contract can pay out, in wei; a `U256` comes as four numbers of 64 bits, the lowest first. */
      balance(address: string, options: { at: string }): Promise<readonly bigint[]>
      address(account: string): Promise<string>
    }
    /** Version 14, which every wallet reads. */
    Metadata: { metadata(options: { at: string }): Promise<Uint8Array> }
  }
  query: {
    System: { Account: { getValue(address: string): Promise<{ data: { free: bigint; frozen: bigint } }> } }
  }
  constants: {
    Balances: { ExistentialDeposit(): Promise<bigint> }
    System: { Version(): Promise<{ spec_version: number }> }
  }
  tx: {
    Revive: {
      call(call: {
        dest: string
        value: bigint
        weight_limit: Weight
        storage_deposit_limit: bigint
        data: Uint8Array
      }): Transaction
      dispatch_as_fallback_account(call: { call: Transaction['decodedCall'] }): Transaction
    }
    Balances: {
      transfer_all(call: { dest: { type: 'Id'; value: string }; keep_alive: boolean }): Transaction
    }
  }
}

export interface Node {
  client: PolkadotClient
  runtime: Runtime
  contractAddress: string
}

let connection: { url: string; client: PolkadotClient } | undefined

/** Connect to the shop's chain. Throws `chain_unreachable`, or `wrong_chain_here` for a node of another chain. */
export async function connectTo(chain: ChainConfig): Promise<Node> {
  if (connection?.url !== chain.url) {
    connection?.client.destroy()
    connection = { url: chain.url, client: createClient(getWsProvider(chain.url)) }
  }
  const { client } = connection
  const { genesisHash } = await withTimeout(client.getChainSpecData())
  if (genesisHash !== chain.genesisHash)
    throw new AppError('wrong_chain_here', `the genesis hash is ${genesisHash}`)
  const runtime = client.getUnsafeApi() as unknown as Runtime
  return { client, runtime, contractAddress: chain.contractAddress }
}

/** Give up waiting for a node after some seconds: the library itself retries for ever. */
export async function withTimeout<Result>(pending: Promise<Result>): Promise<Result> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new AppError('chain_unreachable', `no answer in ${TIMEOUT_MS} ms`)),
      TIMEOUT_MS,
    )
  })
  return Promise.race([pending, timeout]).finally(() => clearTimeout(timer))
}

export function bytesOf(hex: string): Uint8Array {
  return Binary.fromHex(hex)
}

/** The account of no one, used as the caller of the contract's views. */
export const EMPTY_ACCOUNT = AccountId().dec(new Uint8Array(32))
