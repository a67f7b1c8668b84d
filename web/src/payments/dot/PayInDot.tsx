import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api, unwrap } from '@/api/client'
import { AppError } from '@/api/problem'
import { type Config, configQuery } from '@/app/config'
import type { TransactionProgress } from '@/chain/transaction'
import { Button } from '@/components/Button'
import { ErrorMessage } from '@/components/ErrorMessage'
import { MoneyText } from '@/components/MoneyText'
import { Notice } from '@/components/Notice'
import { TransactionSteps } from '@/components/TransactionSteps'
import type { Order } from '@/features/orders/queries'
import { formatMoney, type Money, planck } from '@/money/money'
import { type Account, useSession } from '@/session/session'
import { ContractTerms } from './ContractTerms'
import { PaymentRecovery } from './PaymentRecovery'
import { type Preflight, preflightQuery } from './preflight'
import { loadSentPayment, saveSentPayment } from './sentPayment'

const planckMoney = (amount: bigint): Money => ({ unit: 'planck', amount })

/** Payment from the buyer's wallet: the terms, the costs, and each step of the transaction. */
export function PayInDot({ order, account }: { order: Order; account: Account }) {
  const { t } = useTranslation()
  const { data: config } = useQuery(configQuery)
  const check = useQuery(preflightQuery(order, config, account.address))
  const payment = useDotPayment(order, config)
  const [sentBefore] = useState(() => loadSentPayment(order.id))
  const isUnderWay = payment.isPending && payment.progress !== undefined

  return (
    <div className="grid gap-5">
      {sentBefore !== undefined && !isUnderWay && <PaymentRecovery orderId={order.id} />}
      {check.data !== undefined && <Costs check={check.data} />}
      {check.isPending && <div className="skeleton h-[16.5rem] w-full" />}
      {check.error && !isUnderWay && (
        <ErrorMessage error={check.error} onRetry={() => void check.refetch()} />
      )}
      {check.data !== undefined && check.data.missing > 0n && !isUnderWay && (
        <Notice tone="bad" title={t('payments.dot.insufficient')}>
          <p data-error-code="balance_short">
            {t('payments.dot.insufficientText', { missing: formatMoney(planckMoney(check.data.missing)) })}
          </p>
        </Notice>
      )}
      {payment.progress !== undefined && <TransactionSteps progress={payment.progress} />}
      {payment.error && (
        <>
          <ErrorMessage error={payment.error} />
          {payment.wasSent && <PaymentRecovery orderId={order.id} />}
        </>
      )}
      {!isUnderWay && (
        <Button
          onClick={() => payment.mutate()}
          busy={payment.isPending}
          disabled={check.data === undefined || check.isError || check.data.missing > 0n}
        >
          {t('payments.dot.pay', { amount: formatMoney(planck(order.amountPlanck ?? '0')) })}
        </Button>
      )}
      {payment.isPending && !isUnderWay && <p role="status">{t('payments.dot.checking')}</p>}
    </div>
  )
}

function useDotPayment(order: Order, config: Config | undefined) {
  const queryClient = useQueryClient()
  const session = useSession()
  const [progress, setProgress] = useState<TransactionProgress>()
  const [wasSent, setWasSent] = useState(false)
  const payment = useMutation({
    mutationFn: async () => {
      setProgress(undefined)
      setWasSent(false)
      const { contractOrderId, amountPlanck } = order
      if (!config?.chain || contractOrderId === null || amountPlanck === null)
        throw new AppError('order_not_on_chain_yet', 'nothing to pay into')
      if (session.state !== 'signedIn') throw new AppError('unauthenticated', 'signed out')
      const { call } = await unwrap(
        api.POST('/api/v1/orders/{order_id}/pay/dot', {
          params: { path: { order_id: order.id } },
          body: { amountPlanck },
        }),
      )
      const { fundOrderCall, signAndSubmit } = await import('@/chain')
      if (call === null) throw new AppError('call_differs', 'nothing to sign')
      await queryClient.fetchQuery({
        ...preflightQuery(order, config, session.account.address),
        staleTime: 0,
      })
      await signAndSubmit({
        chain: config.chain,
        address: session.account.address,
        walletId: session.walletId,
        call,
        expected: fundOrderCall(contractOrderId, BigInt(amountPlanck)),
        onProgress: step => {
          setProgress(step)
          if (step.step !== 'sent') return
          setWasSent(true)
          saveSentPayment(order.id, step)
        },
      })
    },
    onError: () => setProgress(undefined),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['orders', order.id] }),
  })
  return { ...payment, progress, wasSent }
}

/** The exact costs of the payment, and the terms of the contract. */
function Costs({ check }: { check: Preflight }) {
  const { t } = useTranslation()
  const lines: [string, bigint][] = [
    [t('payments.dot.amount'), check.amount],
    [t('payments.dot.deposit'), check.depositPlanck],
    [t('payments.dot.fee'), check.feePlanck],
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
          <dt>{t('payments.dot.total')}</dt>
          <dd>
            <MoneyText money={planckMoney(total)} />
          </dd>
        </div>
        <div className="flex justify-between gap-4 text-sm">
          <dt className="text-quiet">{t('payments.dot.balance')}</dt>
          <dd>
            <MoneyText money={planckMoney(check.spendable)} />
          </dd>
        </div>
      </dl>
      <ContractTerms terms={check.terms} />
    </div>
  )
}
