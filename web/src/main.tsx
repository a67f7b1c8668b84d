import { type QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { createQueries } from '@/app/queryClient'
import { createAppRouter } from '@/app/router'
import { forgetAnswers, isAnswered } from '@/firstPaint/prefetch'
import { startTexts } from '@/i18n/i18n'
import { followSession } from '@/live/feed'
import { restoreSession } from '@/session/session'

const MOMENT_MS = 200

async function start(root: HTMLElement): Promise<void> {
  restoreSession()
  followSession()
  const queries = createQueries()
  const router = createAppRouter(queries)
  void router.load() // the page's script and data come along with the texts, not after them
  await Promise.all([startTexts(), isAnswered() && answersRead(queries)])
  forgetAnswers()
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </StrictMode>,
  )
}

/** Answers that were here before us are read in a moment: what is drawn then gives way to the page, not to a skeleton. */
async function answersRead(queries: QueryClient): Promise<void> {
  const read = Promise.allSettled(
    queries
      .getQueryCache()
      .getAll()
      .map(query => query.promise),
  )
  await Promise.race([read, new Promise(resolve => setTimeout(resolve, MOMENT_MS))])
}

/** For the app to open without a network; the development server has none, and needs none. */
function keepForLater(): void {
  if (import.meta.env.PROD && 'serviceWorker' in navigator) void navigator.serviceWorker.register('/sw.js')
}

const root = document.getElementById('root')
if (root !== null) void start(root)
keepForLater()
