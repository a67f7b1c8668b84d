import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api, unwrap } from '@/api/client'
import { errorCode } from '@/api/problem'
import { Button } from '@/components/Button'
import { ErrorMessage } from '@/components/ErrorMessage'
import { PHONE_NOT_VALID, PhoneField } from './PhoneField'
import { sellerPhoneQuery } from './queries'

/** The phone number that M-Pesa pays the seller at. Without it, buyers can pay in DOT only. */
export function SellerPhone() {
  const { t } = useTranslation()
  const { data: phone, error, isPending, refetch } = useQuery(sellerPhoneQuery)
  if (isPending) return <div className="skeleton h-72 w-full" />
  return (
    <section className="card grid gap-4 p-5" aria-label={t('payments.mpesa.seller.title')}>
      <h2 className="text-lg">{t('payments.mpesa.seller.title')}</h2>
      {phone === undefined ? (
        <ErrorMessage error={error} onRetry={() => void refetch()} />
      ) : (
        <p className="text-quiet text-sm">
          {phone === null
            ? t('payments.mpesa.seller.missing')
            : t('payments.mpesa.seller.current', { phone })}
        </p>
      )}
      <SellerPhoneForm />
    </section>
  )
}

function SellerPhoneForm() {
  const { t } = useTranslation()
  const queryClient = useQueryClient()
  const [phoneNumber, setPhoneNumber] = useState('')
  const save = useMutation({
    mutationFn: () => unwrap(api.PUT('/api/v1/auth/me/mpesa-phone', { body: { phoneNumber } })),
    onSuccess: async view => {
      queryClient.setQueryData(sellerPhoneQuery.queryKey, view.phone)
      setPhoneNumber('')
      await queryClient.invalidateQueries({ queryKey: ['products'] })
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save.mutate()
  }
  return (
    <form onSubmit={submit} className="grid gap-4">
      <PhoneField
        label={t('payments.mpesa.seller.newPhone')}
        hint={t('payments.mpesa.seller.newPhoneHint')}
        error={save.error}
        value={phoneNumber}
        onChange={setPhoneNumber}
      />
      {save.error && errorCode(save.error) !== PHONE_NOT_VALID && <ErrorMessage error={save.error} />}
      <Button type="submit" variant="secondary" busy={save.isPending}>
        {t('payments.mpesa.seller.save')}
      </Button>
    </form>
  )
}
