import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { type ChainConfig, configQuery } from '@/app/config'
import { rawCidOfDigest } from '@/chain/cids'
import { BlockLink, Hash } from '@/components/BlockLink'
import { ErrorSentence } from '@/components/ErrorMessage'
import { MoneyText } from '@/components/MoneyText'
import { Moment } from '@/components/time'
import { Address } from '@/components/UserText'
import { kesCents, planck } from '@/money/money'
import { type Order, type Step, timelineQuery } from './queries'
import { SplitParts } from './Split'

/** Every step of the order's life, and where on the chain it can be checked. */
export function Timeline({ order }: { order: Order }) {
  const { t } = useTranslation()
  const { data: config } = useQuery(configQuery)
  const { data: steps, error, isPending, refetch } = useQuery(timelineQuery(order.id))
  if (isPending) return <div className="skeleton h-56 w-full" />
  if (steps === undefined) return <ErrorSentence error={error} onRetry={() => void refetch()} />
  return (
    <section className="grid gap-4" aria-label={t('timeline.title')}>
      <h2 className="text-lg">{t('timeline.title')}</h2>
      <ol className="grid gap-0">
        {order.confirming.map(step => (
          <li
            key={`${step.blockNumber}-${step.cause}`}
            className="flex gap-4 pb-5"
            data-confirming={step.cause}
          >
            <Knot isFinal={false} />
            <div>
              <p className="font-medium">{said(t, step.cause)}</p>
              <p className="text-quiet text-sm">
                {t('timeline.confirming', { done: step.confirmations, required: step.required })}
              </p>
            </div>
          </li>
        ))}
        {steps.toReversed().map(step => (
          <PastStep
            key={`${step.blockHash}-${step.cause}-${step.happenedAt}-${step.evidence ?? ''}`}
            step={step}
            order={order}
            chain={config?.chain ?? undefined}
          />
        ))}
        {steps.length === 0 && order.confirming.length === 0 && (
          <li className="flex gap-4 pb-5">
            <Knot isFinal={false} />
            <p>{t('timeline.nothingYet')}</p>
          </li>
        )}
      </ol>
    </section>
  )
}

function PastStep({ step, order, chain }: { step: Step; order: Order; chain: ChainConfig | undefined }) {
  const { t } = useTranslation()
  const evidence = step.evidence ? rawCidOfDigest(step.evidence) : undefined
  return (
    <li className="relative flex gap-4 pb-5" data-step-cause={step.cause}>
      <Knot isFinal />
      <div className="grid gap-1">
        <p className="font-medium">{said(t, step.cause)}</p>
        <p className="text-quiet text-sm">
          <Moment at={step.happenedAt} />
          {step.actor !== null && (
            <>
              {' · '}
              <Address address={step.actor} />
            </>
          )}
        </p>
        <p className="text-quiet text-sm">
          {chain && <BlockLink chain={chain} block={step.blockNumber} />}
          {step.extrinsicHash !== null && (
            <>
              {' · '}
              <Hash hash={step.extrinsicHash} />
            </>
          )}
        </p>
        {step.offer && <SplitParts order={order} buyerBps={step.offer.buyerBps} />}
        {step.division && <Division division={step.division} order={order} />}
        {evidence !== undefined && (
          <p className="break-all text-quiet text-sm">
            {t('timeline.evidence')} <span className="font-mono">{evidence}</span>
          </p>
        )}
      </div>
    </li>
  )
}

/** How the contract divided the money, to the last planck or shilling. */
function Division({ division, order }: { division: NonNullable<Step['division']>; order: Order }) {
  const { t } = useTranslation()
  const money = order.paymentMode === 'dot' ? planck : kesCents
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-4 text-sm" data-division>
      {(['buyer', 'seller', 'fee'] as const).map(part => (
        <div key={part} className="contents">
          <dt className="text-quiet">{t(`timeline.division.${part}`)}</dt>
          <dd>
            <MoneyText money={money(division[part])} />
          </dd>
        </div>
      ))}
    </dl>
  )
}

function Knot({ isFinal }: { isFinal: boolean }) {
  return (
    <span
      aria-hidden="true"
      className={`mt-1.5 size-3 shrink-0 rounded-full ${isFinal ? 'bg-brand' : 'animate-pulse bg-coin'}`}
    />
  )
}

const CAUSES = [
  'OrderCreated',
  'OrderFunded',
  'OffchainPaymentRecorded',
  'OrderShipped',
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

/** In words, by the contract's event; an event that this page does not know yet is called by its name. */
function said(t: ReturnType<typeof useTranslation>['t'], cause: string): string {
  const known = CAUSES.find(one => one === cause)
  return known === undefined ? cause : t(`timeline.causes.${known}`)
}
