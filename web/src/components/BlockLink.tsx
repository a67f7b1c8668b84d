import { useTranslation } from 'react-i18next'
import type { ChainConfig } from '@/app/config'

const EXPLORER = 'https://polkadot.js.org/apps/'

/** A block in an explorer that asks the same node: whoever doubts the shop looks there. */
export function BlockLink({ chain, block }: { chain: ChainConfig; block: number }) {
  const { t } = useTranslation()
  return (
    <a
      href={`${EXPLORER}?rpc=${encodeURIComponent(chain.url)}#/explorer/query/${block}`}
      target="_blank"
      rel="noreferrer"
      className="figures underline underline-offset-2"
    >
      {t('transaction.block', { block })}
    </a>
  )
}

/** A transaction's hash, short; whole for who hovers or copies. */
export function Hash({ hash }: { hash: string }) {
  return (
    <span title={hash} className="figures whitespace-nowrap font-mono text-[0.9em]">
      {hash.slice(0, 8)}…{hash.slice(-6)}
    </span>
  )
}
