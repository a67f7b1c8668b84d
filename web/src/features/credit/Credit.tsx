import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Button } from '@/components/Button'
import { ErrorMessage } from '@/components/ErrorMessage'
import { Notice } from '@/components/Notice'
import { TransactionSteps } from '@/components/TransactionSteps'
import { formatMoney, type Money } from '@/money/money'
import { creditQuery } from './queries'
import { useWithdrawal, type WithdrawalSource } from './useWithdrawal'

/** Money that waits for the reader outside of their account, and how to get it. Nothing where there is none. */
export function Credit({ address }: { address: string }) {
  const { t } = useTranslation()
  const { data: credit } = useQuery(creditQuery)
  const withdrawal = useWithdrawal()
  if (credit === undefined) return null
  const amounts = { credit: dot(credit.amountPlanck), fallback: dot(credit.fallbackPlanck ?? '0') }
  const waiting = (['credit', 'fallback'] as const).filter(source => amounts[source].amount > 0n)
  if (waiting.length === 0 && withdrawal.progress === undefined) return null
  return (
    <section className="card grid gap-4 p-5" aria-label={t('credit.title')} data-credit={credit.amountPlanck}>
      <h2 className="text-lg">{t('credit.title')}</h2>
      {waiting.map(source => (
        <Waiting
          key={source}
          source={source}
          amount={formatMoney(amounts[source])}
          address={address}
          accountExists={credit.accountExists}
          withdrawal={withdrawal}
        />
      ))}
      {withdrawal.progress !== undefined && <TransactionSteps progress={withdrawal.progress} />}
      {withdrawal.error && <ErrorMessage error={withdrawal.error} />}
    </section>
  )
}

interface WaitingProps {
  source: WithdrawalSource
  amount: string
  address: string
  accountExists: boolean | null
  withdrawal: ReturnType<typeof useWithdrawal>
}

function Waiting({ source, amount, address, accountExists, withdrawal }: WaitingProps) {
  const { t } = useTranslation()
  return (
    <>
      <p>{t(`credit.${source}`, { amount })}</p>
      {accountExists === false ? (
        <Notice tone="wait">
          {t('credit.openAccount')} <span className="break-all font-mono text-sm">{address}</span>
        </Notice>
      ) : (
        <Button busy={withdrawal.isPending} onClick={() => withdrawal.mutate(source)}>
          {t('credit.withdraw', { amount })}
        </Button>
      )}
    </>
  )
}

function dot(planck: string): Money {
  return { unit: 'planck', amount: BigInt(planck) }
}
