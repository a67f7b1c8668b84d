import { QueryClient } from '@tanstack/react-query'
import { ApiError } from '@/api/problem'

const TRIES = 3
const FRESH_FOR_MS = 5_000

/** Asks again where that may help: nobody answered, or a part of the shop is away. A refusal stands. */
export function createQueries(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: FRESH_FOR_MS,
        retry: (failures, error) => failures < TRIES && isPassing(error),
      },
      // What somebody asked for is tried at once or refused at once, never kept for when the link is back.
      mutations: { networkMode: 'always' },
    },
  })
}

function isPassing(error: unknown): boolean {
  return error instanceof ApiError && (error.problem.status === 0 || error.problem.status >= 500)
}
