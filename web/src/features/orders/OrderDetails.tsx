import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { rawCidOfDigest } from '@/chain/cids'
import { MoneyText } from '@/components/MoneyText'
import { Moment } from '@/components/time'
import { Address, UserText } from '@/components/UserText'
import { feeOf } from './order'
import { type Order, trackingQuery } from './queries'

/** The rest that is to know of an order. */
export function OrderFacts({ order }: { order: Order }) {
  const { t } = useTranslation()
  return (
    <dl className="grid gap-3 border-line border-t pt-5 text-sm">
      <Fact name={t('facts.ordered')}>
        <Moment at={order.createdAt} />
      </Fact>
      <Fact name={t('facts.buyer')}>
        <Address address={order.buyerAddress} />
      </Fact>
      <Fact name={t('facts.seller')}>
        <Address address={order.sellerAddress} />
      </Fact>
      <Fact name={t('facts.delivery')}>
        <span className="whitespace-pre-line">
          <UserText text={order.deliveryAddress} />
        </span>
      </Fact>
      {order.tracking !== null && <Tracking digest={order.tracking} />}
      <Fact name={t('facts.fee')}>
        <MoneyText money={feeOf(order)} />
      </Fact>
      <Fact name={t('facts.contractNumber')}>
        <span className="figures">{order.contractOrderId ?? '–'}</span>
      </Fact>
    </dl>
  )
}

function Tracking({ digest }: { digest: string }) {
  const { t } = useTranslation()
  const cid = rawCidOfDigest(digest)
  const { data: words } = useQuery(trackingQuery(cid))
  if (cid === undefined) return null
  return <Fact name={t('facts.tracking')}>{words === undefined ? '…' : <UserText text={words} />}</Fact>
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt className="text-quiet">{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}
