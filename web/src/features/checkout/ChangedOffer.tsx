import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { Button } from '@/components/Button'
import { Notice } from '@/components/Notice'
import { UserText } from '@/components/UserText'
import { formatMoney } from '@/money/money'
import type { Offer } from './agreement'

interface ChangedOfferProps {
  productId: number
  agreed: Offer
  current: Offer
  onAccept(): void
}

/** What has changed since the buyer saw the offer. Nothing is ordered before the buyer accepts it. */
export function ChangedOffer({ productId, agreed, current, onAccept }: ChangedOfferProps) {
  const { t } = useTranslation()
  const isRenamed = agreed.title !== current.title
  const isRepriced = agreed.amount.amount !== current.amount.amount
  return (
    <div data-offer="changed">
      <Notice tone="wait" title={t('checkout.changed.title')}>
        <ul className="grid gap-1 py-2">
          {isRenamed && (
            <li>
              <s>
                <UserText text={agreed.title} />
              </s>{' '}
              → <UserText text={current.title} />
            </li>
          )}
          {isRepriced && (
            <li className="figures">
              <s>{formatMoney(agreed.amount)}</s> → {formatMoney(current.amount)}
            </li>
          )}
          {agreed.documentCid !== current.documentCid && (
            <li>
              {t('checkout.changed.details')}{' '}
              <Link
                to="/products/$productId"
                params={{ productId: String(productId) }}
                className="inline-flex min-h-11 items-center underline underline-offset-2"
              >
                {t('checkout.changed.look')}
              </Link>
            </li>
          )}
        </ul>
        <Button variant="secondary" onClick={onAccept}>
          {t('checkout.changed.accept', { amount: formatMoney(current.amount) })}
        </Button>
      </Notice>
    </div>
  )
}
