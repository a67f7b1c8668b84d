import { useTranslation } from 'react-i18next'
import type { TermsOnContract } from '@/chain/escrow'
import { useDuration } from '@/components/time'
import { Address } from '@/components/UserText'

/** The terms of an order, as the browser reads them from the contract. */
export function ContractTerms({ terms }: { terms: TermsOnContract }) {
  const { t } = useTranslation()
  const duration = useDuration()
  const share = (bps: bigint) => `${Number(bps) / 100} %`
  const lines = [
    [t('contractTerms.ship'), duration(Number(terms.ship_window_s))],
    [t('contractTerms.transit'), duration(Number(terms.transit_window_s))],
    [t('contractTerms.inspect'), duration(Number(terms.inspection_window_s))],
    [t('contractTerms.decide'), duration(Number(terms.dispute_window_s))],
    [t('contractTerms.undecided'), share(10_000n - terms.default_seller_bps)],
    [t('contractTerms.fee'), share(terms.fee_bps)],
  ] as const
  return (
    <details className="rounded-2xl border border-line p-4">
      <summary className="min-h-6 font-semibold">{t('contractTerms.title')}</summary>
      <dl className="mt-3 grid gap-2 text-sm">
        {lines.map(([name, value]) => (
          <div key={name} className="flex justify-between gap-4">
            <dt className="text-quiet">{name}</dt>
            <dd className="figures text-right">{value}</dd>
          </div>
        ))}
        <div className="flex justify-between gap-4">
          <dt className="text-quiet">{t('contractTerms.arbiter')}</dt>
          <dd>
            <Address address={terms.arbiter} />
          </dd>
        </div>
      </dl>
    </details>
  )
}
