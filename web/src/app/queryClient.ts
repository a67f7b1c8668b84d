import { QueryClient } from '@tanstack/react-query'
import { ApiError } from '@/api/problem'

const MAX_RETRIES = 3
const STALE_TIME_MS = 5_000

/** Retry a read where that may help: no response came, or a service of the shop is down. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: STALE_TIME_MS,
        retry: (failures, error) => failures < MAX_RETRIES && isTemporary(error),
      },
      // A write is sent at once or fails at once; it never waits for the network to come back.
      mutations: { networkMode: 'always' },
    },
  })
}

function isTemporary(error: unknown): boolean {
  return error instanceof ApiError && (error.problem.status === 0 || error.problem.status >= 500)
}
