import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { answerOf, api } from '@/api/client'
import { Button } from '@/components/Button'
import { ErrorSentence } from '@/components/ErrorMessage'
import { mpesaPhoneQuery } from '@/features/sell/queries'
import { PhoneField } from './PhoneField'

/** Where M-Pesa pays the seller: without it, buyers can pay in DOT only. */
export function MpesaPhone({ phone }: { phone: string | null }) {
  const { t } = useTranslation()
  const queries = useQueryClient()
  const [phoneNumber, setPhoneNumber] = useState('')
  const set = useMutation({
    mutationFn: () =>
      answerOf(api.PUT('/api/v1/auth/me/mpesa-phone', { body: { phoneNumber: phoneNumber.trim() } })),
    onSuccess: async view => {
      queries.setQueryData(mpesaPhoneQuery.queryKey, view.phone)
      setPhoneNumber('')
      await queries.invalidateQueries({ queryKey: ['products'] })
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    set.mutate()
  }
  return (
    <section className="card grid gap-4 p-5" aria-label={t('sell.phone')}>
      <h2 className="text-lg">{t('sell.phone')}</h2>
      <p className="text-quiet text-sm">
        {phone === null ? t('sell.phoneMissing') : t('sell.phoneIs', { phone })}
      </p>
      <form onSubmit={submit} className="grid gap-4">
        <PhoneField
          label={t('sell.phoneNew')}
          hint={t('sell.phoneHint')}
          value={phoneNumber}
          onChange={setPhoneNumber}
        />
        {set.error && <ErrorSentence error={set.error} />}
        <Button type="submit" look="quiet" busy={set.isPending}>
          {t('sell.phoneSave')}
        </Button>
      </form>
    </section>
  )
}
