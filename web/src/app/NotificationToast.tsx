import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type FeedMessage, onFeedMessage } from '@/live/feed'

const VISIBLE_MS = 7_000

/** A short message about an event of the reader's own orders, on whatever page they are. It disappears by itself. */
export function NotificationToast() {
  const { t, i18n } = useTranslation()
  const [message, setMessage] = useState<FeedMessage>()
  useEffect(() => onFeedMessage(setMessage), [])
  useEffect(() => {
    if (message === undefined) return
    const timer = setTimeout(() => setMessage(undefined), VISIBLE_MS)
    return () => clearTimeout(timer)
  }, [message])

  const key = message === undefined ? '' : `toasts.${message.name}.${message.status ?? 'any'}`
  const hasText = message?.orderId !== undefined && i18n.exists(key)
  return (
    <div
      role="status"
      aria-live="polite"
      className="pointer-events-none fixed inset-x-4 bottom-20 z-30 sm:bottom-6"
    >
      {hasText && (
        <p className="mx-auto w-fit max-w-md rounded-2xl bg-ink px-5 py-3 text-center font-medium text-paper shadow-card">
          {t(key as 'toasts.orderUpdate.created', { order: message.orderId })}
        </p>
      )}
    </div>
  )
}
