import { useTranslation } from 'react-i18next'
import type { TermsOnContract } from '@/chain/escrow'
import { useDuration } from '@/components/time'
import { Address } from '@/components/UserText'

/** The terms as the contract itself says them to this browser. */
export function ContractTerms({ terms }: { terms: TermsOnContract }) {
  const { t } = useTranslation()
  const duration = useDuration()
  const share = (bps: bigint) => `${Number(bps) / 100} %`
  const lines = [
    [t('terms.ship'), duration(Number(terms.ship_window_s))],
    [t('terms.inspect'), duration(Number(terms.inspection_window_s))],
    [t('terms.decide'), duration(Number(terms.dispute_window_s))],
    [t('terms.undecided'), share(10_000n - terms.default_seller_bps)],
    [t('terms.fee'), share(terms.fee_bps)],
  ] as const
  return (
    <details className="rounded-2xl border border-line p-4">
      <summary className="min-h-6 font-semibold">{t('terms.title')}</summary>
      <dl className="mt-3 grid gap-2 text-sm">
        {lines.map(([name, value]) => (
          <div key={name} className="flex justify-between gap-4">
            <dt className="text-quiet">{name}</dt>
            <dd className="figures text-right">{value}</dd>
          </div>
        ))}
        <div className="flex justify-between gap-4">
          <dt className="text-quiet">{t('terms.arbiter')}</dt>
          <dd>
            <Address address={terms.arbiter} />
          </dd>
        </div>
      </dl>
    </details>
  )
}
