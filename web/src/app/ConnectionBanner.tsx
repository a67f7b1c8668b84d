import { useSyncExternalStore } from 'react'
import { useTranslation } from 'react-i18next'
import { useServiceHealth } from '@/live/useServiceHealth'

/** Services whose failure users notice, the one that matters most first. */
const SERVICES = ['polkadot', 'mpesa'] as const

/** A line under the header while the network, the shop or one of its services is unavailable. */
export function ConnectionBanner() {
  const { t } = useTranslation()
  const isOnline = useSyncExternalStore(subscribeToNetwork, () => navigator.onLine)
  const { isError, data: health } = useServiceHealth()
  const message = (): string | undefined => {
    if (!isOnline) return t('connection.offline')
    if (isError) return t('connection.shopUnavailable')
    const failed = SERVICES.find(service => health?.services[service] === 'error')
    return failed && t(`connection.services.${failed}`)
  }
  return (
    <div role="status" aria-live="polite">
      {message() !== undefined && (
        <p className="bg-ochre-tint px-4 py-2 text-center font-medium text-ink text-sm">{message()}</p>
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
