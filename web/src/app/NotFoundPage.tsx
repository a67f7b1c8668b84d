import { useTranslation } from 'react-i18next'
import { LinkButton } from '@/components/Button'
import { Page } from '@/components/Page'

export function NotFoundPage() {
  const { t } = useTranslation()
  return (
    <Page title={t('notFound.title')}>
      <p className="mb-6 text-quiet">{t('notFound.text')}</p>
      <LinkButton to="/">{t('notFound.home')}</LinkButton>
    </Page>
  )
}
