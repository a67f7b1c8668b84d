import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type FeedMessage, onFeedMessage } from '@/live/feed'

const SHOWN_FOR_MS = 7_000

/** What just happened to an order of mine, wherever I am in the shop; read out, and gone by itself. */
export function News() {
  const { t, i18n } = useTranslation()
  const [message, setMessage] = useState<FeedMessage>()
  useEffect(() => onFeedMessage(setMessage), [])
  useEffect(() => {
    if (message === undefined) return
    const timer = setTimeout(() => setMessage(undefined), SHOWN_FOR_MS)
    return () => clearTimeout(timer)
  }, [message])

  const key = message === undefined ? '' : `news.${message.name}.${message.status ?? 'any'}`
  const isWorthSaying = message?.orderId !== undefined && i18n.exists(key)
  return (
    <div
      role="status"
      aria-live="polite"
      className="pointer-events-none fixed inset-x-4 bottom-20 z-30 sm:bottom-6"
    >
      {isWorthSaying && (
        <p className="mx-auto w-fit max-w-md rounded-2xl bg-ink px-5 py-3 text-center font-medium text-paper shadow-card">
          {t(key as 'news.orderUpdate.created', { order: message.orderId })}
        </p>
      )}
    </div>
  )
}
