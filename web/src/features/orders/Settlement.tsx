import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '@/components/Button'
import { Choice } from '@/components/Choice'
import { ConfirmButton } from '@/components/ConfirmButton'
import { Countdown, useDuration } from '@/components/time'
import type { Order } from './queries'
import { SplitParts, SplitSlider } from './Split'
import type { OrderActionState } from './useOrderAction'

const HALF_BPS = 5_000
const VALID_FOR_S = { day: 86_400, threeDays: 3 * 86_400, week: 7 * 86_400 } as const
type ValidFor = keyof typeof VALID_FOR_S

/** A settlement without an arbiter: an offer to split the money, which the other party accepts or counters. */
export function Settlement({ order, orderAction }: { order: Order; orderAction: OrderActionState }) {
  const { t } = useTranslation()
  const allowed = new Set(order.actions)
  const { offer } = order
  if (offer === null && !allowed.has('propose')) return null
  return (
    <section className="card grid gap-4 p-5" aria-label={t('settlement.title')}>
      <h2 className="text-lg">{t('settlement.title')}</h2>
      {offer === null ? (
        <p className="text-quiet text-sm">{t('settlement.text')}</p>
      ) : (
        <div className="grid gap-3" data-offer-by={offer.by}>
          <p>
            {offer.by === order.role ? t('settlement.mine') : t('settlement.theirs')}{' '}
            <Countdown until={offer.expiresAt} />
          </p>
          <SplitParts order={order} buyerBps={offer.buyerBps} />
        </div>
      )}
      {offer !== null && allowed.has('accept') && (
        <ConfirmButton
          label={t('settlement.accept')}
          consequence={t('settlement.acceptConsequence')}
          busy={orderAction.isPending}
          onConfirm={() => orderAction.mutate({ name: 'accept', buyerBps: offer.buyerBps })}
        />
      )}
      {allowed.has('withdraw') && (
        <Button
          variant="secondary"
          busy={orderAction.isPending}
          onClick={() => orderAction.mutate({ name: 'withdraw' })}
        >
          {t('settlement.withdraw')}
        </Button>
      )}
      {allowed.has('propose') && <Propose order={order} orderAction={orderAction} />}
    </section>
  )
}

function Propose({ order, orderAction }: { order: Order; orderAction: OrderActionState }) {
  const { t } = useTranslation()
  const duration = useDuration()
  const [buyerBps, setBuyerBps] = useState(HALF_BPS)
  const [validFor, setValidFor] = useState<ValidFor>('threeDays')
  const side = order.role === 'seller' ? 'seller' : 'buyer'
  return (
    <ConfirmButton
      variant="secondary"
      label={order.offer === null ? t(`settlement.propose.${side}`) : t('settlement.proposeAgain')}
      consequence={t('settlement.proposeText')}
      busy={orderAction.isPending}
      onConfirm={() => orderAction.mutate({ name: 'propose', buyerBps, validForS: VALID_FOR_S[validFor] })}
    >
      <SplitSlider order={order} buyerBps={buyerBps} onChange={setBuyerBps} />
      <Choice<ValidFor>
        variant="segments"
        label={t('settlement.validFor')}
        value={validFor}
        onChange={setValidFor}
        options={(Object.keys(VALID_FOR_S) as ValidFor[]).map(value => ({
          value,
          label: duration(VALID_FOR_S[value]),
        }))}
      />
    </ConfirmButton>
  )
}
