import { useTranslation } from 'react-i18next'
import { ApiError, errorCode } from '@/api/problem'
import { Button } from './Button'
import { Notice } from './Notice'

/** Return the API's own sentence for its errors, and the app's sentence for errors that the browser raised. */
export function useErrorMessage(): (error: unknown) => string {
  const { t, i18n } = useTranslation()
  return (error): string => {
    if (error instanceof ApiError && error.problem.detail !== '') return error.problem.detail
    const key = `errors.${errorCode(error)}`
    return i18n.exists(key) ? t(key as 'errors.internal') : t('errors.internal')
  }
}

/** The sentence for an error, with a button to try again where that may help. */
export function ErrorMessage({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { t } = useTranslation()
  const sentence = useErrorMessage()
  return (
    <Notice tone="bad">
      <p data-error-code={errorCode(error)}>{sentence(error)}</p>
      {onRetry !== undefined && (
        <Button variant="secondary" className="mt-3" onClick={onRetry}>
          {t('actions.tryAgain')}
        </Button>
      )}
    </Notice>
  )
}
