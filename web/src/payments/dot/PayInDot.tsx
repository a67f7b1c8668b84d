import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { answerOf, api } from '@/api/client'
import { Refusal } from '@/api/problem'
import { type Config, configQuery } from '@/app/config'
import type { Progress } from '@/chain/transaction'
import { Button } from '@/components/Button'
import { ErrorSentence } from '@/components/ErrorMessage'
import { MoneyText } from '@/components/MoneyText'
import { Notice } from '@/components/Notice'
import { TransactionSteps } from '@/components/TransactionSteps'
import { amountOf } from '@/features/orders/order'
import type { Order } from '@/features/orders/queries'
import { formatMoney, type Money } from '@/money/money'
import { type Account, useSession } from '@/session/session'
import { ContractTerms } from './ContractTerms'
import { PaymentRecovery } from './PaymentRecovery'
import { type Preflight, preflightQuery } from './preflight'
import { rememberedSent, rememberSent } from './sentPayment'

const planckMoney = (amount: bigint): Money => ({ unit: 'planck', amount })

/** Paying from the buyer's own wallet: what the contract says, what it will take, and each step as it happens. */
export function PayInDot({ order, account }: { order: Order; account: Account }) {
  const { t } = useTranslation()
  const { data: config } = useQuery(configQuery)
  const check = useQuery(preflightQuery(order, config, account.address))
  const payment = usePayment(order, config)
  const [sentBefore] = useState(() => rememberedSent(order.id))
  const isUnderWay = payment.isPending && payment.progress !== undefined

  return (
    <div className="grid gap-5">
      {sentBefore !== undefined && !isUnderWay && <PaymentRecovery orderId={order.id} />}
      {check.data !== undefined && <Costs check={check.data} />}
      {check.isPending && <div className="skeleton h-[16.5rem] w-full" />}
      {check.error && !isUnderWay && (
        <ErrorSentence error={check.error} onRetry={() => void check.refetch()} />
      )}
      {check.data !== undefined && check.data.missing > 0n && !isUnderWay && (
        <Notice tone="bad" title={t('pay.short')}>
          <p data-error-code="balance_short">
            {t('pay.shortText', { missing: formatMoney(planckMoney(check.data.missing)) })}
          </p>
        </Notice>
      )}
      {payment.progress !== undefined && <TransactionSteps progress={payment.progress} />}
      {payment.error && (
        <>
          <ErrorSentence error={payment.error} />
          {payment.wasSent && <PaymentRecovery orderId={order.id} />}
        </>
      )}
      {!isUnderWay && (
        <Button
          onClick={() => payment.mutate()}
          busy={payment.isPending}
          disabled={check.data === undefined || check.isError || check.data.missing > 0n}
        >
          {t('pay.dot', { amount: formatMoney(amountOf(order)) })}
        </Button>
      )}
      {payment.isPending && !isUnderWay && <p role="status">{t('pay.checking')}</p>}
    </div>
  )
}

function usePayment(order: Order, config: Config | undefined) {
  const queries = useQueryClient()
  const session = useSession()
  const [progress, setProgress] = useState<Progress>()
  const [wasSent, setWasSent] = useState(false)
  const payment = useMutation({
    mutationFn: async () => {
      setProgress(undefined)
      setWasSent(false)
      const { contractOrderId, amountPlanck } = order
      if (!config?.chain || contractOrderId === null || amountPlanck === null)
        throw new Refusal('order_not_on_chain_yet', 'nothing to pay into')
      if (session.state !== 'signedIn') throw new Refusal('unauthenticated', 'signed out')
      const { call } = await answerOf(
        api.POST('/api/v1/orders/{order_id}/pay/dot', {
          params: { path: { order_id: order.id } },
          body: { amountPlanck },
        }),
      )
      const { payInDot, signAndFollow } = await import('@/chain')
      if (call === null) throw new Refusal('call_differs', 'nothing to sign')
      await queries.fetchQuery({ ...preflightQuery(order, config, session.account.address), staleTime: 0 })
      await signAndFollow({
        chain: config.chain,
        address: session.account.address,
        walletId: session.walletId,
        call,
        wanted: payInDot(contractOrderId, BigInt(amountPlanck)),
        onProgress: step => {
          setProgress(step)
          if (step.step !== 'sent') return
          setWasSent(true)
          rememberSent(order.id, step)
        },
      })
    },
    onError: () => setProgress(undefined),
    onSettled: () => queries.invalidateQueries({ queryKey: ['orders', order.id] }),
  })
  return { ...payment, progress, wasSent }
}

/** What leaves the account, to the last planck, and what the contract holds the parties to. */
function Costs({ check }: { check: Preflight }) {
  const { t } = useTranslation()
  const lines: [string, bigint][] = [
    [t('pay.amount'), check.amount],
    [t('pay.deposit'), check.depositPlanck],
    [t('pay.fee'), check.feePlanck],
  ]
  const total = check.amount + check.depositPlanck + check.feePlanck
  return (
    <div className="grid gap-4">
      <dl className="grid gap-2 rounded-2xl bg-sunken p-4">
        {lines.map(([name, amount]) => (
          <div key={name} className="flex justify-between gap-4 text-sm">
            <dt className="text-quiet">{name}</dt>
            <dd>
              <MoneyText money={planckMoney(amount)} />
            </dd>
          </div>
        ))}
        <div className="flex flex-wrap justify-between gap-x-4 border-line border-t pt-2 font-semibold">
          <dt>{t('pay.total')}</dt>
          <dd>
            <MoneyText money={planckMoney(total)} />
          </dd>
        </div>
        <div className="flex justify-between gap-4 text-sm">
          <dt className="text-quiet">{t('pay.spendable')}</dt>
          <dd>
            <MoneyText money={planckMoney(check.spendable)} />
          </dd>
        </div>
      </dl>
      <ContractTerms terms={check.terms} />
    </div>
  )
}
