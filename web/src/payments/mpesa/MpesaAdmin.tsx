import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { ErrorMessage } from '@/components/ErrorMessage'
import { MoneyText } from '@/components/MoneyText'
import { PageSkeleton } from '@/components/Skeleton'
import { DateTime } from '@/components/time'
import { OrderLink } from '@/features/admin/OrderLink'
import { Panel, Table } from '@/features/admin/Panel'
import { ledgerQuery, mpesaPaymentsQuery, mpesaPayoutsQuery } from '@/features/admin/queries'
import { kesCents } from '@/money/money'

/** The M-Pesa section of the admin page: the ledger, which sums to zero, payments and payouts. */
export function MpesaAdmin() {
  const asked = [useQuery(ledgerQuery), useQuery(mpesaPaymentsQuery), useQuery(mpesaPayoutsQuery)]
  if (asked.some(({ isPending }) => isPending)) return <PageSkeleton />
  return (
    <div className="grid gap-6">
      <Ledger />
      <Payments />
      <Payouts />
    </div>
  )
}

function Ledger() {
  const { t } = useTranslation()
  const { data: lines, error, refetch } = useQuery(ledgerQuery)
  const total = (lines ?? []).reduce((sum, line) => sum + BigInt(line.amountKesCents), 0n)
  return (
    <Panel title={t('payments.mpesa.admin.ledger')}>
      {error && <ErrorMessage error={error} onRetry={() => void refetch()} />}
      <Table
        caption={t('payments.mpesa.admin.ledger')}
        head={[t('payments.mpesa.admin.account'), t('admin.balance')]}
        rows={[
          ...(lines ?? []).map(
            line =>
              [
                line.account,
                line.account,
                <MoneyText key="holds" money={kesCents(line.amountKesCents)} />,
              ] as const,
          ),
          [
            '',
            t('payments.mpesa.admin.total'),
            <MoneyText key="sum" money={{ unit: 'kesCents', amount: total }} />,
          ],
        ]}
        empty={t('admin.none')}
      />
    </Panel>
  )
}

function Payments() {
  const { t } = useTranslation()
  const { data: payments, error, refetch } = useQuery(mpesaPaymentsQuery)
  return (
    <Panel title={t('payments.mpesa.admin.payments')}>
      {error && <ErrorMessage error={error} onRetry={() => void refetch()} />}
      <Table
        caption={t('payments.mpesa.admin.payments')}
        head={[
          t('admin.order'),
          t('payments.mpesa.admin.amount'),
          t('payments.mpesa.admin.phone'),
          t('admin.status'),
          t('admin.time'),
        ]}
        rows={(payments ?? []).map(payment => [
          payment.id,
          <OrderLink key="order" orderId={payment.orderId} />,
          <MoneyText key="amount" money={kesCents(payment.amountKesCents)} />,
          payment.phone,
          payment.failure === null ? payment.status : `${payment.status}: ${payment.failure}`,
          <DateTime key="at" at={payment.createdAt} />,
        ])}
        empty={t('admin.none')}
      />
    </Panel>
  )
}

function Payouts() {
  const { t } = useTranslation()
  const { data: payouts, error, refetch } = useQuery(mpesaPayoutsQuery)
  return (
    <Panel title={t('payments.mpesa.admin.payouts')}>
      {error && <ErrorMessage error={error} onRetry={() => void refetch()} />}
      <Table
        caption={t('payments.mpesa.admin.payouts')}
        head={[
          t('admin.order'),
          t('payments.mpesa.admin.purpose'),
          t('payments.mpesa.admin.amount'),
          t('payments.mpesa.admin.phone'),
          t('admin.status'),
          t('admin.error'),
        ]}
        rows={(payouts ?? []).map(payout => [
          payout.id,
          <OrderLink key="order" orderId={payout.orderId} />,
          payout.purpose,
          <MoneyText key="amount" money={kesCents(payout.amountKesCents)} />,
          payout.phone ?? '–',
          payout.status,
          payout.lastError ?? '',
        ])}
        empty={t('admin.none')}
      />
    </Panel>
  )
}
