import { useTranslation } from 'react-i18next'
import type { ChainConfig } from '@/app/config'

const EXPLORER = 'https://polkadot.js.org/apps/'

/** A link to a block in a public explorer that is connected to the same node. */
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

/** A shortened transaction hash, with the whole one as its title. */
export function TransactionHash({ hash }: { hash: string }) {
  return (
    <span title={hash} className="figures whitespace-nowrap font-mono text-[0.9em]">
      {hash.slice(0, 8)}…{hash.slice(-6)}
    </span>
  )
}
