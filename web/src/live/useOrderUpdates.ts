import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useSyncExternalStore } from 'react'
import { isFeedLive, onFeedMessage, onLiveChange, RELOAD } from './feed'

/** Refetch the data that a feed message says has changed. Used once, around all pages. */
export function useOrderRefresh(): void {
  const queryClient = useQueryClient()
  useEffect(
    () =>
      onFeedMessage(message => {
        const isAboutAll = message.name === RELOAD || message.orderId === undefined
        void queryClient.invalidateQueries({ queryKey: isAboutAll ? [] : ['orders', message.orderId] })
        if (!isAboutAll) void queryClient.invalidateQueries({ queryKey: ['orders', 'list'] })
      }),
    [queryClient],
  )
}

/** Return true while changes reach the page live. */
export function useIsLive(): boolean {
  return useSyncExternalStore(onLiveChange, isFeedLive)
}
