import { queryOptions } from '@tanstack/react-query'
import { api, type Schemas, unwrap } from '@/api/client'

export type Config = Schemas['WebConfig']
export type ChainConfig = Schemas['ChainConfig']
export type Terms = Schemas['TermsConfig']

const STALE_TIME_MS = 60_000

/** The chain, the contract, and the terms of new orders. */
export const configQuery = queryOptions({
  queryKey: ['config'],
  queryFn: () => unwrap(api.GET('/api/v1/config')),
  staleTime: STALE_TIME_MS,
})
