import { useNavigate, useSearch } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { Choice } from '@/components/Choice'
import { Page } from '@/components/Page'
import { SignedInOnly } from '@/features/account/RequireSignIn'
import { Mpesa } from '@/payments/mpesa/MpesaAdmin'
import { Audit } from './AuditLog'
import { Sync } from './Overview'
import { Roles } from './Roles'
import { Statistics } from './Statistics'
import { ROOMS, type Room } from './sections'

/** For who looks after the shop: how its parts are, what waits for a person, and the few things to press. */
export function AdminPage() {
  return <SignedInOnly>{() => <Rooms />}</SignedInOnly>
}

function Rooms() {
  const { t } = useTranslation()
  const { room = 'sync' } = useSearch({ from: '/admin' })
  const navigate = useNavigate()
  return (
    <Page title={t('admin.title')}>
      <div className="grid gap-8">
        <div className="overflow-x-auto">
          <Choice<Room>
            look="segments"
            label={t('admin.rooms')}
            value={room}
            onChange={chosen => void navigate({ to: '/admin', search: { room: chosen } })}
            options={ROOMS.map(value => ({ value, label: t(`admin.room.${value}`) }))}
          />
        </div>
        {room === 'sync' && <Sync />}
        {room === 'mpesa' && <Mpesa />}
        {room === 'statistics' && <Statistics />}
        {room === 'roles' && <Roles />}
        {room === 'audit' && <Audit />}
      </div>
    </Page>
  )
}
