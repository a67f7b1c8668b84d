import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState, useSyncExternalStore } from 'react'
import { type FeedMessage, isFeedLive, onFeedMessage, onLiveChange, RELOAD } from './feed'

/** The newest message about this order, as it comes. */
export function useOrderUpdates(orderId: number): FeedMessage | undefined {
  const [newest, setNewest] = useState<FeedMessage>()
  useEffect(
    () =>
      onFeedMessage(message => {
        if (message.orderId === orderId) setNewest(message)
      }),
    [orderId],
  )
  return newest
}

/** Reads again whatever a message says has changed. Used once, around all pages. */
export function useFreshOrders(): void {
  const queries = useQueryClient()
  useEffect(
    () =>
      onFeedMessage(message => {
        const isAboutAll = message.name === RELOAD || message.orderId === undefined
        void queries.invalidateQueries({ queryKey: isAboutAll ? [] : ['orders', message.orderId] })
        if (!isAboutAll) void queries.invalidateQueries({ queryKey: ['orders', 'list'] })
      }),
    [queries],
  )
}

/** Whether changes reach this page by themselves just now. */
export function useIsLive(): boolean {
  return useSyncExternalStore(onLiveChange, isFeedLive)
}
