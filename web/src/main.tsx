import { type QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { createQueryClient } from '@/app/queryClient'
import { createAppRouter } from '@/app/router'
import { discardPrefetched, isPrefetchDone } from '@/firstPaint/prefetch'
import { initTexts } from '@/i18n/i18n'
import { connectWithSession } from '@/live/feed'
import { restoreSession } from '@/session/session'

const MAX_WAIT_MS = 200

async function start(root: HTMLElement): Promise<void> {
  restoreSession()
  connectWithSession()
  const queryClient = createQueryClient()
  const router = createAppRouter(queryClient)
  void router.load() // loads the page's script and data together with the texts
  await Promise.all([initTexts(), isPrefetchDone() && waitForPrefetched(queryClient)])
  discardPrefetched()
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </StrictMode>,
  )
}

/** Wait briefly for prefetched responses to be read, so that the first paint is replaced by the page, not a skeleton. */
async function waitForPrefetched(queryClient: QueryClient): Promise<void> {
  const read = Promise.allSettled(
    queryClient
      .getQueryCache()
      .getAll()
      .map(query => query.promise),
  )
  await Promise.race([read, new Promise(resolve => setTimeout(resolve, MAX_WAIT_MS))])
}

/** Register the service worker, by which the app opens without a network. The development server has none. */
function registerServiceWorker(): void {
  if (import.meta.env.PROD && 'serviceWorker' in navigator) void navigator.serviceWorker.register('/sw.js')
}

const root = document.getElementById('root')
if (root !== null) void start(root)
registerServiceWorker()
