import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { answerOf, api, type Schemas } from '@/api/client'
import { Button } from '@/components/Button'
import { Choice } from '@/components/Choice'
import { ConfirmedButton } from '@/components/ConfirmButton'
import { ErrorSentence } from '@/components/ErrorMessage'
import { Field } from '@/components/Field'
import { PageSkeleton } from '@/components/Skeleton'
import { Moment } from '@/components/time'
import { Panel, Table } from './Panel'
import { rolesQuery } from './queries'

type Role = Schemas['Role']

const ROLES: readonly Role[] = ['support', 'arbiter', 'admin']

/** Who may see and mend what; no role decides a dispute, that is the contract's arbiter. */
export function Roles() {
  const { t } = useTranslation()
  const queries = useQueryClient()
  const { data: roles, error, isPending, refetch } = useQuery(rolesQuery)
  const take = useMutation({
    mutationFn: ({ address, role }: { address: string; role: Role }) =>
      answerOf(api.DELETE('/api/v1/admin/roles/{address}/{role}', { params: { path: { address, role } } })),
    onSettled: () => queries.invalidateQueries({ queryKey: rolesQuery.queryKey }),
  })
  if (isPending) return <PageSkeleton />
  return (
    <Panel title={t('admin.room.roles')}>
      {error && <ErrorSentence error={error} onRetry={() => void refetch()} />}
      {take.error && <ErrorSentence error={take.error} />}
      <Table
        caption={t('admin.room.roles')}
        head={[t('admin.address'), t('admin.role'), t('admin.givenBy'), t('admin.since'), t('admin.act')]}
        rows={(roles ?? []).map(held => [
          `${held.address} ${held.role}`,
          <span key="address" className="block min-w-56 break-all font-mono">
            {held.address}
          </span>,
          held.role,
          held.givenBy,
          <Moment key="at" at={held.givenAt} />,
          <ConfirmedButton
            key="take"
            look="quiet"
            label={t('admin.take')}
            consequence={t('admin.takeText', { role: held.role })}
            busy={take.isPending}
            onConfirm={() => take.mutate(held)}
          />,
        ])}
        empty={t('admin.none')}
      />
      <Give />
    </Panel>
  )
}

function Give() {
  const { t } = useTranslation()
  const queries = useQueryClient()
  const [address, setAddress] = useState('')
  const [role, setRole] = useState<Role>('support')
  const give = useMutation({
    mutationFn: () => answerOf(api.POST('/api/v1/admin/roles', { body: { address: address.trim(), role } })),
    onSuccess: () => setAddress(''),
    onSettled: () => queries.invalidateQueries({ queryKey: rolesQuery.queryKey }),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    give.mutate()
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
        look="segments"
        label={t('admin.role')}
        value={role}
        onChange={setRole}
        options={ROLES.map(value => ({ value, label: t(`admin.roles.${value}`) }))}
      />
      {give.error && <ErrorSentence error={give.error} />}
      <Button type="submit" busy={give.isPending} className="justify-self-start">
        {t('admin.give')}
      </Button>
    </form>
  )
}
