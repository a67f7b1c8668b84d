import { useQuery } from '@tanstack/react-query'
import type { Schemas } from '@/api/client'

const REFETCH_INTERVAL_MS = 30_000

/** The state of the shop's services, fetched every half minute. A degraded shop answers 503 with the same body. */
export function useServiceHealth() {
  return useQuery({
    queryKey: ['health'],
    queryFn: async () => (await (await fetch('/api/v1/health')).json()) as Schemas['Health'],
    refetchInterval: REFETCH_INTERVAL_MS,
    retry: false,
  })
}
