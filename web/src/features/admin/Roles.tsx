import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api, type Schemas, unwrap } from '@/api/client'
import { Button } from '@/components/Button'
import { Choice } from '@/components/Choice'
import { ConfirmButton } from '@/components/ConfirmButton'
import { ErrorMessage } from '@/components/ErrorMessage'
import { Field } from '@/components/Field'
import { PageSkeleton } from '@/components/Skeleton'
import { DateTime } from '@/components/time'
import { Panel, Table } from './Panel'
import { rolesQuery } from './queries'

type Role = Schemas['Role']

const ROLES: readonly Role[] = ['support', 'arbiter', 'admin']

/** The roles of accounts. No role decides disputes: the contract's arbiter does. */
export function Roles() {
  const { t } = useTranslation()
  const queryClient = useQueryClient()
  const { data: roles, error, isPending, refetch } = useQuery(rolesQuery)
  const revoke = useMutation({
    mutationFn: ({ address, role }: { address: string; role: Role }) =>
      unwrap(api.DELETE('/api/v1/admin/roles/{address}/{role}', { params: { path: { address, role } } })),
    onSettled: () => queryClient.invalidateQueries({ queryKey: rolesQuery.queryKey }),
  })
  if (isPending) return <PageSkeleton />
  return (
    <Panel title={t('admin.section.roles')}>
      {error && <ErrorMessage error={error} onRetry={() => void refetch()} />}
      {revoke.error && <ErrorMessage error={revoke.error} />}
      <Table
        caption={t('admin.section.roles')}
        head={[t('admin.address'), t('admin.role'), t('admin.grantedBy'), t('admin.time'), t('admin.action')]}
        rows={(roles ?? []).map(held => [
          `${held.address} ${held.role}`,
          <span key="address" className="block min-w-56 break-all font-mono">
            {held.address}
          </span>,
          held.role,
          held.givenBy,
          <DateTime key="at" at={held.givenAt} />,
          <ConfirmButton
            key="take"
            variant="secondary"
            label={t('admin.revoke')}
            consequence={t('admin.revokeText', { role: held.role })}
            busy={revoke.isPending}
            onConfirm={() => revoke.mutate(held)}
          />,
        ])}
        empty={t('admin.none')}
      />
      <GrantRole />
    </Panel>
  )
}

function GrantRole() {
  const { t } = useTranslation()
  const queryClient = useQueryClient()
  const [address, setAddress] = useState('')
  const [role, setRole] = useState<Role>('support')
  const grant = useMutation({
    mutationFn: () => unwrap(api.POST('/api/v1/admin/roles', { body: { address: address.trim(), role } })),
    onSuccess: () => setAddress(''),
    onSettled: () => queryClient.invalidateQueries({ queryKey: rolesQuery.queryKey }),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    grant.mutate()
  }
  return (
    <form onSubmit={submit} className="grid gap-4 border-line border-t pt-4">
      <Field
        label={t('admin.address')}
        value={address}
        onChange={event => setAddress(event.target.value)}
        autoComplete="off"
        maxLength={64}
        required
      />
      <Choice<Role>
        variant="segments"
        label={t('admin.role')}
        value={role}
        onChange={setRole}
        options={ROLES.map(value => ({ value, label: t(`admin.roles.${value}`) }))}
      />
      {grant.error && <ErrorMessage error={grant.error} />}
      <Button type="submit" busy={grant.isPending} className="justify-self-start">
        {t('admin.grant')}
      </Button>
    </form>
  )
}
