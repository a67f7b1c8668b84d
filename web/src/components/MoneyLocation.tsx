import { useTranslation } from 'react-i18next'
import { formatMoney, type Money } from '@/money/money'

/** The holder of an order's money at any one time. */
export type MoneyHolder = 'buyer' | 'escrow' | 'seller' | 'split'

const STOPS = ['buyer', 'escrow', 'seller'] as const
const COIN =
  'absolute top-[2.4rem] -translate-x-1/2 -translate-y-1/2 rounded-full bg-coin shadow-card transition-[left] duration-700'
const AT_BUYER = 'left-[16.66%]'
const AT_SELLER = 'left-[83.33%]'
const COINS: Record<MoneyHolder, readonly string[]> = {
  buyer: [`size-6 ${AT_BUYER}`],
  escrow: ['size-6 left-1/2'],
  seller: [`size-6 ${AT_SELLER}`],
  split: [`size-4 ${AT_BUYER}`, `size-4 ${AT_SELLER}`],
}

interface MoneyLocationProps {
  at: MoneyHolder
  money?: Money
  /** The name of whoever holds the money in escrow. */
  custodian?: string
}

/** A diagram of buyer, escrow and seller, with a coin at the current holder. */
export function MoneyLocation({ at, money, custodian }: MoneyLocationProps) {
  const { t } = useTranslation()
  const names = {
    buyer: t('moneyLocation.buyer'),
    escrow: custodian ?? t('moneyLocation.escrow'),
    seller: t('moneyLocation.seller'),
  }
  const amount = money === undefined ? '' : formatMoney(money)
  return (
    <figure
      role="img"
      aria-label={t(`moneyLocation.description.${at}`, { custodian: names.escrow, amount })}
      data-money-location={at}
      className="relative pt-3 pb-1"
    >
      <div className="absolute top-[2.35rem] right-[16.66%] left-[16.66%] h-0.5 bg-line" />
      <div className="relative grid grid-cols-3 text-center">
        {STOPS.map(stop => (
          <div key={stop} className="flex flex-col items-center gap-2">
            <span
              className={
                stop === 'escrow'
                  ? 'size-13 rounded-2xl border-2 border-brand bg-tint'
                  : 'size-13 scale-75 rounded-full border-2 border-edge bg-surface'
              }
            />
            <span className="text-quiet text-sm">{names[stop]}</span>
          </div>
        ))}
      </div>
      {COINS[at].map((coin, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the first coin is the one that moves
        <span key={index} className={`${COIN} ${coin}`} />
      ))}
    </figure>
  )
}
