import { formatMoney, type Money } from '@/money/money'

export function MoneyText({ money, className }: { money: Money; className?: string }) {
  return <span className={`figures whitespace-nowrap ${className ?? ''}`}>{formatMoney(money)}</span>
}
