import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useErrorMessage } from '@/components/ErrorMessage'
import { MoneyText } from '@/components/MoneyText'
import { DateTime } from '@/components/time'
import { Address, UserText } from '@/components/UserText'
import { feeOf } from '@/payments/registry'
import { type Order, trackingQuery } from './queries'

/** Parties, delivery and fee of an order. */
export function OrderDetails({ order }: { order: Order }) {
  const { t } = useTranslation()
  return (
    <dl className="grid gap-3 border-line border-t pt-5 text-sm">
      <DetailRow name={t('orderDetails.ordered')}>
        <DateTime at={order.createdAt} />
      </DetailRow>
      <DetailRow name={t('orderDetails.buyer')}>
        <Address address={order.buyerAddress} />
      </DetailRow>
      <DetailRow name={t('orderDetails.seller')}>
        <Address address={order.sellerAddress} />
      </DetailRow>
      <DetailRow name={t('orderDetails.delivery')}>
        <span className="whitespace-pre-line">
          <UserText text={order.deliveryAddress} />
        </span>
      </DetailRow>
      {order.trackingCid !== null && <Tracking orderId={order.id} cid={order.trackingCid} />}
      <DetailRow name={t('orderDetails.fee')}>
        <MoneyText money={feeOf(order)} />
      </DetailRow>
      <DetailRow name={t('orderDetails.contractOrderId')}>
        <span className="figures">{order.contractOrderId ?? '–'}</span>
      </DetailRow>
    </dl>
  )
}

function Tracking({ orderId, cid }: { orderId: number; cid: string }) {
  const { t } = useTranslation()
  const { data: words, error } = useQuery(trackingQuery(orderId, cid))
  const errorMessage = useErrorMessage(error)
  return (
    <DetailRow name={t('orderDetails.tracking')}>
      {words === undefined ? error ? errorMessage : '…' : <UserText text={words} />}
    </DetailRow>
  )
}

function DetailRow({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt className="text-quiet">{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}
