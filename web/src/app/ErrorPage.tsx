import { useTranslation } from 'react-i18next'
import { Button } from '@/components/Button'
import { Page } from '@/components/Page'

/** A page that crashed, or whose script belongs to a build that was replaced: reloading fixes the latter. */
export function ErrorPage() {
  const { t } = useTranslation()
  return (
    <Page title={t('errorPage.title')}>
      <p className="mb-6 text-quiet" data-error-page>
        {t('errorPage.text')}
      </p>
      <Button onClick={() => window.location.reload()}>{t('errorPage.reload')}</Button>
    </Page>
  )
}
