import { useSyncExternalStore } from 'react'
import { useTranslation } from 'react-i18next'
import { useServiceHealth } from '@/live/useServiceHealth'

/** A line under the header while the network, the shop or one of its services is unavailable. */
export function ConnectionBanner() {
  const { t } = useTranslation()
  const isOnline = useSyncExternalStore(subscribeToNetwork, () => navigator.onLine)
  const health = useServiceHealth()
  const sentence = !isOnline
    ? t('connection.offline')
    : health.isError
      ? t('connection.shopUnavailable')
      : health.data?.services.polkadot === 'error'
        ? t('connection.services.polkadot')
        : health.data?.services.mpesa === 'error'
          ? t('connection.services.mpesa')
          : undefined
  return (
    <div role="status" aria-live="polite">
      {sentence !== undefined && (
        <p className="bg-ochre-tint px-4 py-2 text-center font-medium text-ink text-sm">{sentence}</p>
      )}
    </div>
  )
}

function subscribeToNetwork(listener: () => void): () => void {
  window.addEventListener('online', listener)
  window.addEventListener('offline', listener)
  return () => {
    window.removeEventListener('online', listener)
    window.removeEventListener('offline', listener)
  }
}
