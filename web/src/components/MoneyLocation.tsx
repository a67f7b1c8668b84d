import { useTranslation } from 'react-i18next'
import { formatMoney, type Money } from '@/money/money'

/** Where an order's money can be. It is only ever in one place. */
export type MoneyPlace = 'buyer' | 'held' | 'seller' | 'divided'

const STOPS = ['buyer', 'held', 'seller'] as const
const COIN =
  'absolute top-[2.4rem] -translate-x-1/2 -translate-y-1/2 rounded-full bg-coin shadow-card transition-[left] duration-700'
const AT_BUYER = 'left-[16.66%]'
const AT_SELLER = 'left-[83.33%]'
const COINS: Record<MoneyPlace, readonly string[]> = {
  buyer: [`size-6 ${AT_BUYER}`],
  held: ['size-6 left-1/2'],
  seller: [`size-6 ${AT_SELLER}`],
  divided: [`size-4 ${AT_BUYER}`, `size-4 ${AT_SELLER}`],
}

/** Buyer, contract, seller: and the coin where it is now. */
export function MoneyTrail({
  at,
  money,
  holder,
}: {
  at: MoneyPlace
  money?: Money
  holder: 'contract' | 'shop'
}) {
  const { t } = useTranslation()
  const names = {
    buyer: t('trail.buyer'),
    held: holder === 'contract' ? t('trail.contract') : t('trail.shop'),
    seller: t('trail.seller'),
  }
  const amount = money === undefined ? '' : formatMoney(money)
  return (
    <figure
      role="img"
      aria-label={t(`trail.says.${at}`, { holder: names.held, amount })}
      data-money-is={at}
      className="relative pt-3 pb-1"
    >
      <div className="absolute top-[2.35rem] right-[16.66%] left-[16.66%] h-0.5 bg-line" />
      <div className="relative grid grid-cols-3 text-center">
        {STOPS.map(stop => (
          <div key={stop} className="flex flex-col items-center gap-2">
            <span
              className={
                stop === 'held'
                  ? 'size-13 rounded-2xl border-2 border-brand bg-tint'
                  : 'size-13 scale-75 rounded-full border-2 border-edge bg-surface'
              }
            />
            <span className="text-quiet text-sm">{names[stop]}</span>
          </div>
        ))}
      </div>
      {COINS[at].map((coin, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the first coin is the one that moves
        <span key={place} className={`${COIN} ${coin}`} />
      ))}
    </figure>
  )
}
