/** The contract's debts and balance, read from the chain by the browser without the shop. */
import { queryOptions } from '@tanstack/react-query'
import { api, type Schemas, unwrap } from '@/api/client'
import { AppError } from '@/api/problem'
import type { ChainConfig } from '@/app/config'

/** Amounts in planck, all at one finalized block. */
export interface Proof {
  block: number
  contractAddress: string
  held: bigint
  credits: bigint
  balance: bigint
}

const REFETCH_INTERVAL_MS = 12_000

export type MpesaProof = Schemas['MpesaProofView']

/** What the shop holds for people who paid by M-Pesa, by the shop's own books and M-Pesa's answer. */
export const mpesaProofQuery = (isOffered: boolean) =>
  queryOptions({
    queryKey: ['proof', 'mpesa'],
    queryFn: () => unwrap(api.GET('/api/v1/proof/mpesa')),
    enabled: isOffered,
    refetchInterval: REFETCH_INTERVAL_MS,
  })

export const proofQuery = (chain: ChainConfig | null | undefined) =>
  queryOptions({
    queryKey: ['proof', chain?.url, chain?.contractAddress],
    queryFn: () => readProof(chain),
    enabled: chain !== undefined,
    refetchInterval: REFETCH_INTERVAL_MS,
    retry: false,
  })

async function readProof(chain: ChainConfig | null | undefined): Promise<Proof> {
  if (!chain) throw new AppError('not_deployed', 'no contract')
  const { connectTo, readReserves } = await import('@/chain')
  return { contractAddress: chain.contractAddress, ...(await readReserves(await connectTo(chain))) }
}

/** Return true where the balance covers all debts. More is harmless: anybody can send coin to a contract. */
export function isCovered(proof: Proof): boolean {
  return proof.balance >= proof.held + proof.credits
}
