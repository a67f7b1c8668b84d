import { useNavigate, useSearch } from '@tanstack/react-router'
import { type ComponentType, Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import { Choice } from '@/components/Choice'
import { Page } from '@/components/Page'
import { PageSkeleton } from '@/components/Skeleton'
import { RequireSignIn } from '@/features/account/RequireSignIn'
import type { Translate } from '@/payments/PaymentMethod'
import { paymentMethods } from '@/payments/registry'
import { AuditLog } from './AuditLog'
import { Overview } from './Overview'
import { Roles } from './Roles'
import { Statistics } from './Statistics'

/** The operators' page: state of the services, open cases, payments, statistics, roles and the audit log. */
export function AdminPage() {
  return <RequireSignIn>{() => <Sections />}</RequireSignIn>
}

interface Section {
  /** The value of `section` in the page's address. */
  name: string
  label: string
  Panel: ComponentType
}

function Sections() {
  const { t } = useTranslation()
  const search = useSearch({ from: '/admin' })
  const navigate = useNavigate()
  const overview = { name: 'overview', label: t('admin.section.overview'), Panel: Overview }
  const sections = [overview, ...methodSections(t), ...recordSections(t)]
  const { name, Panel } = sections.find(section => section.name === search.section) ?? overview
  return (
    <Page title={t('admin.title')}>
      <div className="grid gap-8">
        <div className="overflow-x-auto">
          <Choice
            variant="segments"
            label={t('admin.sections')}
            value={name}
            onChange={section => void navigate({ to: '/admin', search: { section } })}
            options={sections.map(section => ({ value: section.name, label: section.label }))}
          />
        </div>
        <Suspense fallback={<PageSkeleton />}>
          <Panel />
        </Suspense>
      </div>
    </Page>
  )
}

function methodSections(t: Translate): Section[] {
  return paymentMethods().flatMap(({ mode, label, AdminPanel }) =>
    AdminPanel === undefined ? [] : [{ name: mode, label: label(t), Panel: AdminPanel }],
  )
}

function recordSections(t: Translate): Section[] {
  return [
    { name: 'statistics', label: t('admin.section.statistics'), Panel: Statistics },
    { name: 'roles', label: t('admin.section.roles'), Panel: Roles },
    { name: 'audit', label: t('admin.section.audit'), Panel: AuditLog },
  ]
}
