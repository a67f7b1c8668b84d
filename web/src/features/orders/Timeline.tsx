import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { type ChainConfig, configQuery } from '@/app/config'
import { BlockLink, TransactionHash } from '@/components/BlockLink'
import { ErrorMessage } from '@/components/ErrorMessage'
import { MoneyText } from '@/components/MoneyText'
import { DateTime } from '@/components/time'
import { Address } from '@/components/UserText'
import type { Translate } from '@/payments/PaymentMethod'
import { paymentMethodOf } from '@/payments/registry'
import { type Order, type TimelineStep, timelineQuery } from './queries'
import { SplitParts } from './Split'

/** The steps of an order, each with the block and transaction that prove it. */
export function Timeline({ order }: { order: Order }) {
  const { t } = useTranslation()
  const { data: config } = useQuery(configQuery)
  const { data: steps, error, isPending, refetch } = useQuery(timelineQuery(order.id))
  if (isPending) return <div className="skeleton h-56 w-full" />
  if (steps === undefined) return <ErrorMessage error={error} onRetry={() => void refetch()} />
  return (
    <section className="grid gap-4" aria-label={t('timeline.title')}>
      <h2 className="text-lg">{t('timeline.title')}</h2>
      <ol className="grid gap-0">
        {order.confirmations.map(step => (
          <li key={`${step.blockNumber}-${step.cause}`} className="flex gap-4 pb-5" data-unfinal={step.cause}>
            <TimelineDot isFinal={false} />
            <div>
              <p className="font-medium">{eventLabel(t, order, step.cause)}</p>
              <p className="text-quiet text-sm">
                {t('timeline.confirming', { done: step.confirmations, required: step.required })}
              </p>
            </div>
          </li>
        ))}
        {steps.toReversed().map(step => (
          <TimelineEntry
            key={`${step.blockHash}-${step.cause}-${step.happenedAt}-${step.evidence ?? ''}`}
            step={step}
            order={order}
            chain={config?.chain ?? undefined}
          />
        ))}
        {steps.length === 0 && order.confirmations.length === 0 && (
          <li className="flex gap-4 pb-5">
            <TimelineDot isFinal={false} />
            <p>{t('timeline.nothingYet')}</p>
          </li>
        )}
      </ol>
    </section>
  )
}

function TimelineEntry({
  step,
  order,
  chain,
}: {
  step: TimelineStep
  order: Order
  chain: ChainConfig | undefined
}) {
  const { t } = useTranslation()
  const evidence = step.evidenceCid ?? step.evidence
  return (
    <li className="relative flex gap-4 pb-5" data-step-cause={step.cause}>
      <TimelineDot isFinal />
      <div className="grid gap-1">
        <p className="font-medium">{eventLabel(t, order, step.cause)}</p>
        <p className="text-quiet text-sm">
          <DateTime at={step.happenedAt} />
          <Author step={step} />
        </p>
        <p className="text-quiet text-sm">
          {chain && <BlockLink chain={chain} block={step.blockNumber} />}
          {step.extrinsicHash !== null && (
            <>
              {' · '}
              <TransactionHash hash={step.extrinsicHash} />
            </>
          )}
        </p>
        {step.offer && <SplitParts order={order} buyerBps={step.offer.buyerBps} />}
        {step.division && <SplitResult amounts={step.division} order={order} />}
        {evidence !== null && (
          <p className="break-all text-quiet text-sm">
            {t('timeline.evidence')} <span className="font-mono">{evidence}</span>
          </p>
        )}
      </div>
    </li>
  )
}

/** Whose act the step is, and whose key signed it where the shop carried it to the chain. */
function Author({ step: { askedBy, signedBy, actor } }: { step: TimelineStep }) {
  const { t } = useTranslation()
  if (askedBy === null) return null
  return (
    <>
      {' · '}
      {t(`timeline.by.${askedBy}`)}
      {signedBy === askedBy
        ? actor !== null && (
            <>
              {' '}
              <Address address={actor} />
            </>
          )
        : `, ${t('timeline.signedByShop')}`}
    </>
  )
}

interface SplitResultProps {
  amounts: NonNullable<TimelineStep['division']>
  order: Order
}

/** The amounts that the contract paid out when it split the money. */
function SplitResult({ amounts, order }: SplitResultProps) {
  const { t } = useTranslation()
  const { unit } = paymentMethodOf(order)
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-4 text-sm">
      {(['buyer', 'seller', 'fee'] as const).map(part => (
        <div key={part} className="contents">
          <dt className="text-quiet">{t(`timeline.split.${part}`)}</dt>
          <dd>
            <MoneyText money={{ unit, amount: BigInt(amounts[part]) }} />
          </dd>
        </div>
      ))}
    </dl>
  )
}

function TimelineDot({ isFinal }: { isFinal: boolean }) {
  return (
    <span
      aria-hidden="true"
      className={`mt-1.5 size-3 shrink-0 rounded-full ${isFinal ? 'bg-brand' : 'animate-pulse bg-coin'}`}
    />
  )
}

const EVENTS = [
  'OrderCreated',
  'OrderShipped',
  'TransitExtended',
  'OrderReceived',
  'OrderDelivered',
  'OrderRefunded',
  'OrderCancelled',
  'OrderExpired',
  'OrderDisputed',
  'OrderResolved',
  'EvidenceAdded',
  'SettlementProposed',
  'SettlementWithdrawn',
] as const

/** Return the sentence for an event of the contract, or the event's name where there is none. */
function eventLabel(t: Translate, order: Order, event: string): string {
  const known = EVENTS.find(name => name === event)
  if (known !== undefined) return t(`timeline.events.${known}`)
  return paymentMethodOf(order).eventSentence(t, event) ?? event
}
