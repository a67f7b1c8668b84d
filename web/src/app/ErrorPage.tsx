import { useTranslation } from 'react-i18next'
import { Button } from '@/components/Button'
import { Page } from '@/components/Page'

/** A page that broke, or one whose script is of a build that the shop has replaced: loading anew mends the latter. */
export function PageFault() {
  const { t } = useTranslation()
  return (
    <Page title={t('fault.title')}>
      <p className="mb-6 text-quiet" data-page-fault>
        {t('fault.text')}
      </p>
      <Button onClick={() => window.location.reload()}>{t('fault.reload')}</Button>
    </Page>
  )
}
