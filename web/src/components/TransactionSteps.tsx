import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { configQuery } from '@/app/config'
import { CheckIcon } from '@/app/icons'
import type { ActionProgress } from '@/features/orders/useOrderAction'
import { BlockLink, TransactionHash } from './BlockLink'
import { Spinner } from './Button'

const STEPS = ['signing', 'sent', 'inBlock', 'finalized'] as const

/** The steps of a transaction from the wallet to the finalized block, announced to screen readers. */
export function TransactionSteps({ progress }: { progress: ActionProgress }) {
  const { t } = useTranslation()
  const { data: config } = useQuery(configQuery)
  if (progress.step === 'relayed') return <p role="status">{t('transaction.relayed')}</p>
  const currentIndex = STEPS.indexOf(progress.step)
  return (
    <div className="grid gap-3 rounded-2xl bg-sunken p-4" data-step={progress.step}>
      <ol className="grid gap-2">
        {STEPS.map((step, index) => {
          const isDone = index < currentIndex || progress.step === 'finalized'
          return (
            <li
              key={step}
              aria-current={index === currentIndex ? 'step' : undefined}
              className={`flex items-center gap-3 ${index > currentIndex ? 'text-quiet' : 'font-medium'}`}
            >
              <span className="grid size-5 place-items-center text-brand">
                {isDone ? <CheckIcon /> : index === currentIndex ? <Spinner /> : <PendingDot />}
              </span>
              {t(`transaction.${step}`)}
            </li>
          )
        })}
      </ol>
      <p role="status" className="sr-only">
        {t(`transaction.${progress.step}`)}
      </p>
      {'hash' in progress && (
        <p className="text-quiet text-sm">
          {t('transaction.hash')} <TransactionHash hash={progress.hash} />{' '}
          {'block' in progress && config?.chain && <BlockLink chain={config.chain} block={progress.block} />}
        </p>
      )}
    </div>
  )
}

function PendingDot() {
  return <span className="size-2 rounded-full bg-edge" />
}
