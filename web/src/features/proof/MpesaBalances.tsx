import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { ErrorMessage } from '@/components/ErrorMessage'
import { MoneyText } from '@/components/MoneyText'
import { Notice } from '@/components/Notice'
import { DateTime } from '@/components/time'
import { kesCents } from '@/money/money'
import { type MpesaProof, mpesaProofQuery } from './proof'

/** The shop's M-Pesa account against what the shop holds for people who paid by M-Pesa. */
export function MpesaBalances() {
  const { t } = useTranslation()
  const { data: proof, error, refetch } = useQuery(mpesaProofQuery(true))
  return (
    <section className="grid gap-4" aria-label={t('proof.mpesa.title')}>
      <h2 className="text-lg">{t('proof.mpesa.title')}</h2>
      <p className="text-quiet">{t('proof.mpesa.text')}</p>
      {error && <ErrorMessage error={error} onRetry={() => void refetch()} />}
      {proof === undefined ? (
        !error && <div role="status" aria-label={t('state.loading')} className="skeleton h-80 w-full" />
      ) : (
        <Balances proof={proof} />
      )}
    </section>
  )
}

function Balances({ proof }: { proof: MpesaProof }) {
  const { t } = useTranslation()
  const lines = [
    [t('proof.mpesa.held'), proof.heldKesCents],
    [t('proof.mpesa.owed'), proof.owedKesCents],
    [t('proof.mpesa.account'), proof.accountKesCents],
  ] as const
  return (
    <div className="card grid min-h-80 content-start gap-5 p-5" data-mpesa-covered={proof.covered}>
      <Notice
        tone={proof.covered === 'no' ? 'bad' : 'calm'}
        title={t(`proof.mpesa.covered.${proof.covered}`)}
      />
      {proof.checkedAt === null ? (
        <p className="text-quiet">{t('proof.mpesa.never')}</p>
      ) : (
        <>
          <dl className="grid gap-3">
            {lines.map(([name, cents]) => (
              <div key={name} className="flex flex-wrap items-baseline justify-between gap-x-4">
                <dt className="text-quiet">{name}</dt>
                <dd className="font-semibold text-lg">
                  <MoneyText money={kesCents(cents ?? '0')} />
                </dd>
              </div>
            ))}
          </dl>
          <p className="text-quiet text-sm">
            {t('proof.mpesa.asOf')} <DateTime at={proof.checkedAt} />.{' '}
            {t('proof.mpesa.every', { minutes: Math.max(1, Math.round(proof.checkEveryS / 60)) })}
          </p>
        </>
      )}
    </div>
  )
}
