/** What the contract owes and what it has, read from the chain by this browser alone: the shop is not asked. */
import { queryOptions } from '@tanstack/react-query'
import { Refusal } from '@/api/problem'
import type { ChainConfig } from '@/app/config'

/** In planck, at one final block. */
export interface Proof {
  block: number
  contractAddress: string
  held: bigint
  credits: bigint
  balance: bigint
}

const LOOK_AGAIN_MS = 12_000

export const proofQuery = (chain: ChainConfig | null | undefined) =>
  queryOptions({
    queryKey: ['proof', chain?.url, chain?.contractAddress],
    queryFn: () => prove(chain),
    enabled: chain !== undefined,
    refetchInterval: LOOK_AGAIN_MS,
    retry: false,
  })

async function prove(chain: ChainConfig | null | undefined): Promise<Proof> {
  if (!chain) throw new Refusal('not_deployed', 'this shop has no contract')
  const { connectTo, readBooks } = await import('@/chain')
  return { contractAddress: chain.contractAddress, ...(await readBooks(await connectTo(chain))) }
}

/** Whether all that is owed is there. More is harmless: coin can be forced upon a contract. */
export function isCovered(proof: Proof): boolean {
  return proof.balance >= proof.held + proof.credits
}
