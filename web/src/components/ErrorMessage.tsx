import { useTranslation } from 'react-i18next'
import { ApiError, codeOf } from '@/api/problem'
import { Button } from './Button'
import { Notice } from './Notice'

/** The sentence for a refusal's code, in the reader's language; where the app has none, the API's own. */
export function useErrorSentence(): (error: unknown) => string {
  const { t, i18n } = useTranslation()
  return (error): string => {
    const key = `errors.${codeOf(error)}`
    if (i18n.exists(key)) return t(key as 'errors.internal')
    const said = error instanceof ApiError ? error.problem.detail : ''
    return said === '' ? t('errors.internal') : said
  }
}

/** What went wrong, what it means for the money, and a way to try again where that may help. */
export function ErrorSentence({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { t } = useTranslation()
  const sentence = useErrorSentence()
  return (
    <Notice tone="bad">
      <p data-error-code={codeOf(error)}>{sentence(error)}</p>
      {onRetry !== undefined && (
        <Button look="quiet" className="mt-3" onClick={onRetry}>
          {t('actions.tryAgain')}
        </Button>
      )}
    </Notice>
  )
}
