import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api, unwrap } from '@/api/client'
import { Button } from '@/components/Button'
import { ErrorMessage } from '@/components/ErrorMessage'
import { mpesaPhoneQuery } from '@/features/sell/queries'
import { PhoneField } from './PhoneField'

/** The phone number that M-Pesa pays the seller at. Without it, buyers can pay in DOT only. */
export function SellerPhone({ phone }: { phone: string | null }) {
  const { t } = useTranslation()
  const queryClient = useQueryClient()
  const [phoneNumber, setPhoneNumber] = useState('')
  const set = useMutation({
    mutationFn: () =>
      unwrap(api.PUT('/api/v1/auth/me/mpesa-phone', { body: { phoneNumber: phoneNumber.trim() } })),
    onSuccess: async view => {
      queryClient.setQueryData(mpesaPhoneQuery.queryKey, view.phone)
      setPhoneNumber('')
      await queryClient.invalidateQueries({ queryKey: ['products'] })
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    set.mutate()
  }
  return (
    <section className="card grid gap-4 p-5" aria-label={t('payments.mpesa.seller.title')}>
      <h2 className="text-lg">{t('payments.mpesa.seller.title')}</h2>
      <p className="text-quiet text-sm">
        {phone === null ? t('payments.mpesa.seller.missing') : t('payments.mpesa.seller.current', { phone })}
      </p>
      <form onSubmit={submit} className="grid gap-4">
        <PhoneField
          label={t('payments.mpesa.seller.newPhone')}
          hint={t('payments.mpesa.seller.newPhoneHint')}
          value={phoneNumber}
          onChange={setPhoneNumber}
        />
        {set.error && <ErrorMessage error={set.error} />}
        <Button type="submit" variant="secondary" busy={set.isPending}>
          {t('payments.mpesa.seller.save')}
        </Button>
      </form>
    </section>
  )
}
