import { useQuery } from '@tanstack/react-query'
import type { Schemas } from '@/api/client'

const ASK_EVERY_MS = 30_000

/** How the shop's parts are, asked every half minute. A degraded shop answers 503, with the same body. */
export function useServiceHealth() {
  return useQuery({
    queryKey: ['health'],
    queryFn: async () => (await (await fetch('/api/v1/health')).json()) as Schemas['Health'],
    refetchInterval: ASK_EVERY_MS,
    retry: false,
  })
}
