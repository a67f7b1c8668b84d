import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api, unwrap } from '@/api/client'
import { Button } from '@/components/Button'
import { ErrorMessage } from '@/components/ErrorMessage'
import { Field } from '@/components/Field'
import type { Order } from './queries'
import type { OrderActionState } from './useOrderAction'

const MAX_TRACKING_LENGTH = 300

/** Marks the order as shipped. Tracking details are sealed for the parties and the arbiter; the contract stores a digest. */
export function ShipOrder({ order, orderAction }: { order: Order; orderAction: OrderActionState }) {
  const { t } = useTranslation()
  const [tracking, setTracking] = useState('')
  const ship = useMutation({
    mutationFn: async () => {
      const details = tracking.trim()
      const cid = details === '' ? undefined : (await sealTracking(order.id, details)).cid
      orderAction.mutate({ name: 'ship', cid })
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    ship.mutate()
  }
  return (
    <form onSubmit={submit} className="grid gap-4">
      <Field
        label={t('orderActions.ship.tracking')}
        hint={t('orderActions.ship.trackingHint')}
        value={tracking}
        onChange={event => setTracking(event.target.value)}
        maxLength={MAX_TRACKING_LENGTH}
        autoComplete="off"
      />
      {ship.error && <ErrorMessage error={ship.error} />}
      <Button type="submit" busy={ship.isPending || orderAction.isPending}>
        {t('orderActions.ship.label')}
      </Button>
    </form>
  )
}

function sealTracking(orderId: number, text: string) {
  return unwrap(
    api.POST('/api/v1/orders/{order_id}/parcel-note', {
      params: { path: { order_id: orderId } },
      body: { text },
    }),
  )
}
