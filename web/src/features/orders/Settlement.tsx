import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '@/components/Button'
import { Choice } from '@/components/Choice'
import { ConfirmedButton } from '@/components/ConfirmButton'
import { Countdown, useDuration } from '@/components/time'
import type { Order } from './queries'
import { SplitParts, SplitSlider } from './Split'
import type { MoveState } from './useOrderAction'

const HALF_BPS = 5_000
const VALID_FOR_S = { day: 86_400, threeDays: 3 * 86_400, week: 7 * 86_400 } as const
type ValidFor = keyof typeof VALID_FOR_S

/** Agreeing without an arbiter: an offer to divide the money, which the other party takes or answers with another. */
export function Settlement({ order, move }: { order: Order; move: MoveState }) {
  const { t } = useTranslation()
  const open = new Set(order.actions)
  const { offer } = order
  if (offer === null && !open.has('propose')) return null
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
      {offer !== null && open.has('accept') && (
        <ConfirmedButton
          label={t('settlement.accept')}
          consequence={t('settlement.acceptConsequence')}
          busy={move.isPending}
          onConfirm={() => move.mutate({ action: 'accept', buyerBps: offer.buyerBps })}
        />
      )}
      {open.has('withdraw') && (
        <Button look="quiet" busy={move.isPending} onClick={() => move.mutate({ action: 'withdraw' })}>
          {t('settlement.withdraw')}
        </Button>
      )}
      {open.has('propose') && <Propose order={order} move={move} />}
    </section>
  )
}

function Propose({ order, move }: { order: Order; move: MoveState }) {
  const { t } = useTranslation()
  const duration = useDuration()
  const [buyerBps, setBuyerBps] = useState(HALF_BPS)
  const [validFor, setValidFor] = useState<ValidFor>('threeDays')
  return (
    <ConfirmedButton
      look="quiet"
      label={order.offer === null ? t('settlement.propose') : t('settlement.proposeOther')}
      consequence={t('settlement.proposeText')}
      busy={move.isPending}
      onConfirm={() => move.mutate({ action: 'propose', buyerBps, validForS: VALID_FOR_S[validFor] })}
    >
      <SplitSlider order={order} buyerBps={buyerBps} onChange={setBuyerBps} />
      <Choice<ValidFor>
        look="segments"
        label={t('settlement.validFor')}
        value={validFor}
        onChange={setValidFor}
        options={(Object.keys(VALID_FOR_S) as ValidFor[]).map(value => ({
          value,
          label: duration(VALID_FOR_S[value]),
        }))}
      />
    </ConfirmedButton>
  )
}
