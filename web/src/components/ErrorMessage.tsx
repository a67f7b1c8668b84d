import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { errorCatalogueQuery, sentenceFor } from '@/api/errorCatalogue'
import { ApiError, errorCode } from '@/api/problem'
import type { Language } from '@/i18n/language'
import { Button } from './Button'
import { Notice } from './Notice'

/** Codes of the contract's reasons. The browser meets them in dry runs; their sentences are in the API's catalogue. */
const CONTRACT_REASON = /^escrow_/

/** Return the API's own sentence for its errors, and the app's sentence for errors that the browser raised. */
export function useErrorMessage(error: unknown): string {
  const { t, i18n } = useTranslation()
  const code = errorCode(error)
  const isContractReason = CONTRACT_REASON.test(code)
  const detail = error instanceof ApiError ? error.problem.detail : ''
  const { data } = useQuery({ ...errorCatalogueQuery, enabled: isContractReason && detail === '' })

  if (detail !== '') return detail
  if (isContractReason) {
    return sentenceFor(code, i18n.language as Language, data) ?? t('errors.contract_reverted')
  }
  const key = `errors.${code}`
  return i18n.exists(key) ? t(key as 'errors.internal') : t('errors.internal')
}

/** The sentence for an error, with a button to try again where that may help. */
export function ErrorMessage({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { t } = useTranslation()
  const message = useErrorMessage(error)
  return (
    <Notice tone="bad">
      <p data-error-code={errorCode(error)}>{message}</p>
      {onRetry !== undefined && (
        <Button variant="secondary" className="mt-3" onClick={onRetry}>
          {t('actions.tryAgain')}
        </Button>
      )}
    </Notice>
  )
}
