import { queryOptions } from '@tanstack/react-query'
import { answerOf, api, type Schemas } from '@/api/client'

export type Config = Schemas['WebConfig']
export type ChainConfig = Schemas['ChainConfig']
export type Terms = Schemas['TermsConfig']

const FRESH_FOR_MS = 60_000

/** Where the chain is and what orders are made under. */
export const configQuery = queryOptions({
  queryKey: ['config'],
  queryFn: () => answerOf(api.GET('/api/v1/config')),
  staleTime: FRESH_FOR_MS,
})
