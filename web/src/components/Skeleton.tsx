import { useTranslation } from 'react-i18next'

/** A placeholder of about the page's final height, so that nothing jumps when the data arrives. */
export function PageSkeleton() {
  const { t } = useTranslation()
  return (
    <div role="status" aria-label={t('state.loading')} className="grid min-h-[70dvh] content-start gap-4">
      <div className="skeleton h-9 w-2/3" />
      <div className="skeleton h-44 w-full" />
      <div className="skeleton h-5 w-full" />
      <div className="skeleton h-5 w-5/6" />
      <div className="skeleton h-12 w-40" />
    </div>
  )
}
