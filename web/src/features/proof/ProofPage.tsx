import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { configQuery } from '@/app/config'
import { ErrorMessage } from '@/components/ErrorMessage'
import { MoneyText } from '@/components/MoneyText'
import { Notice } from '@/components/Notice'
import { Page } from '@/components/Page'
import { MpesaBalances } from './MpesaBalances'
import { isCovered, type Proof, proofQuery } from './proof'

/** A public check that the contract holds all the money that it owes. */
export function ProofPage() {
  const { t } = useTranslation()
  const { data: config } = useQuery(configQuery)
  const { data: proof, error, refetch } = useQuery(proofQuery(config?.chain))
  return (
    <Page title={t('proof.title')}>
      <div className="mx-auto grid max-w-2xl gap-6">
        <p className="text-quiet">{t('proof.text')}</p>
        {error && <ErrorMessage error={error} onRetry={() => void refetch()} />}
        {proof === undefined ? (
          !error && <div role="status" aria-label={t('state.loading')} className="skeleton h-96 w-full" />
        ) : (
          <Balances proof={proof} />
        )}
        {config?.mpesaOffered && <MpesaBalances />}
        {config?.chain && (
          <section className="grid gap-2 text-sm" aria-label={t('proof.yourself')}>
            <h2 className="text-lg">{t('proof.yourself')}</h2>
            <p className="text-quiet">{t('proof.yourselfText')}</p>
            <dl className="grid gap-2 break-all">
              <div>
                <dt className="text-quiet">{t('proof.contract')}</dt>
                <dd className="font-mono">{config.chain.contractAddress}</dd>
              </div>
              <div>
                <dt className="text-quiet">{t('proof.node')}</dt>
                <dd className="font-mono">{config.chain.url}</dd>
              </div>
            </dl>
          </section>
        )}
      </div>
    </Page>
  )
}

function Balances({ proof }: { proof: Proof }) {
  const { t } = useTranslation()
  const covered = isCovered(proof)
  const lines = [
    [t('proof.held'), proof.held],
    [t('proof.credits'), proof.credits],
    [t('proof.owed'), proof.held + proof.credits],
    [t('proof.balance'), proof.balance],
  ] as const
  return (
    <section
      className="card grid min-h-96 content-start gap-5 p-5"
      aria-label={t('proof.balances')}
      data-covered={covered}
    >
      <Notice tone={covered ? 'calm' : 'bad'} title={covered ? t('proof.covered') : t('proof.missing')} />
      <dl className="grid gap-3">
        {lines.map(([name, amount]) => (
          <div key={name} className="flex flex-wrap items-baseline justify-between gap-x-4">
            <dt className="text-quiet">{name}</dt>
            <dd className="font-semibold text-lg">
              <MoneyText money={{ unit: 'planck', amount }} />
            </dd>
          </div>
        ))}
      </dl>
      <CoverageBar owed={proof.held + proof.credits} balance={proof.balance} />
      <p className="text-quiet text-sm">{t('proof.asOf', { block: proof.block })}</p>
    </section>
  )
}

const WHOLE = 1_000n

/** A bar that shows the owed part of the balance. */
function CoverageBar({ owed, balance }: { owed: bigint; balance: bigint }) {
  const share = balance === 0n ? 0 : Number((owed * WHOLE) / balance) / 10
  return (
    <svg
      viewBox="0 0 100 4"
      aria-hidden="true"
      preserveAspectRatio="none"
      className="h-3 w-full rounded-full"
    >
      <rect width="100" height="4" className="fill-sunken" />
      <rect width={Math.min(share, 100)} height="4" className="fill-coin" />
    </svg>
  )
}
