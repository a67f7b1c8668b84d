import { useNavigate, useSearch } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { Choice } from '@/components/Choice'
import { Page } from '@/components/Page'
import { RequireSignIn } from '@/features/account/RequireSignIn'
import { MpesaAdmin } from '@/payments/mpesa/MpesaAdmin'
import { AuditLog } from './AuditLog'
import { Overview } from './Overview'
import { Roles } from './Roles'
import { Statistics } from './Statistics'
import { SECTIONS, type Section } from './sections'

/** The operators' page: state of the services, open cases, payments, statistics, roles and the audit log. */
export function AdminPage() {
  return <RequireSignIn>{() => <Sections />}</RequireSignIn>
}

function Sections() {
  const { t } = useTranslation()
  const { section = 'overview' } = useSearch({ from: '/admin' })
  const navigate = useNavigate()
  return (
    <Page title={t('admin.title')}>
      <div className="grid gap-8">
        <div className="overflow-x-auto">
          <Choice<Section>
            variant="segments"
            label={t('admin.sections')}
            value={section}
            onChange={chosen => void navigate({ to: '/admin', search: { section: chosen } })}
            options={SECTIONS.map(value => ({
              value,
              label: value === 'mpesa' ? t('payments.mpesa.label') : t(`admin.section.${value}`),
            }))}
          />
        </div>
        {section === 'overview' && <Overview />}
        {section === 'mpesa' && <MpesaAdmin />}
        {section === 'statistics' && <Statistics />}
        {section === 'roles' && <Roles />}
        {section === 'audit' && <AuditLog />}
      </div>
    </Page>
  )
}
