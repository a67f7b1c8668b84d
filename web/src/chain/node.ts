/** The chain as this browser sees it by itself: one connection, to the node that the shop names or to any other. */
import { AccountId, Binary, createClient, type PolkadotClient, type Transaction } from 'polkadot-api'
import { getWsProvider } from 'polkadot-api/ws'
import { Refusal } from '@/api/problem'
import type { ChainConfig } from '@/app/config'

const ANSWER_WITHIN_MS = 15_000

export interface Weight {
  ref_time: bigint
  proof_size: bigint
}

/** What `ReviveApi.call` answers. A revert is a success here, with the first flag set. */
export interface DryRun {
  weight_required: Weight
  storage_deposit: { type: 'Charge' | 'Refund'; value: bigint }
  result:
    | { success: true; value: { flags: number; data: Uint8Array | string } }
    | { success: false; value: unknown }
}

/** The parts of the runtime that an order touches; `ReviveApi` counts values in planck. */
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
      /** What a contract can pay out, in wei; a `U256` comes as four numbers of 64 bits, the lowest first. */
      balance(address: string, options: { at: string }): Promise<readonly bigint[]>
      address(account: string): Promise<string>
    }
  }
  query: {
    System: { Account: { getValue(address: string): Promise<{ data: { free: bigint; frozen: bigint } }> } }
  }
  constants: { Balances: { ExistentialDeposit(): Promise<bigint> } }
  tx: {
    Revive: {
      call(call: {
        dest: string
        value: bigint
        weight_limit: Weight
        storage_deposit_limit: bigint
        data: Uint8Array
      }): Transaction
    }
  }
}

export interface Node {
  client: PolkadotClient
  runtime: Runtime
  contractAddress: string
}

let open: { url: string; client: PolkadotClient } | undefined

/** A node of the shop's own chain. Throws `chain_unreachable`, or `wrong_chain_here` for a node of another one. */
export async function connectTo(chain: ChainConfig): Promise<Node> {
  if (open?.url !== chain.url) {
    open?.client.destroy()
    open = { url: chain.url, client: createClient(getWsProvider(chain.url)) }
  }
  const { client } = open
  const { genesisHash } = await answered(client.getChainSpecData())
  if (genesisHash !== chain.genesisHash)
    throw new Refusal('wrong_chain_here', `its genesis is ${genesisHash}`)
  const runtime = client.getUnsafeApi() as unknown as Runtime
  return { client, runtime, contractAddress: chain.contractAddress }
}

/** A node that is away is asked again by the library for ever; people are told after a while. */
export async function answered<Answer>(asked: Promise<Answer>): Promise<Answer> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Refusal('chain_unreachable', `no answer in ${ANSWER_WITHIN_MS} ms`)),
      ANSWER_WITHIN_MS,
    )
  })
  return Promise.race([asked, tooLate]).finally(() => clearTimeout(timer))
}

export function bytesOf(hex: string): Uint8Array {
  return Binary.fromHex(hex)
}

/** An account that nobody has: whose name the contract's views are asked in. */
export const NOBODY = AccountId().dec(new Uint8Array(32))
