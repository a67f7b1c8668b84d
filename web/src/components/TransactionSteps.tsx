import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { configQuery } from '@/app/config'
import { CheckIcon } from '@/app/icons'
import type { MoveProgress } from '@/features/orders/useOrderAction'
import { BlockLink, Hash } from './BlockLink'
import { Spinner } from './Button'

const STEPS = ['signing', 'sent', 'inBlock', 'final'] as const

/** From the wallet to the final block, as it happens; read out at each step. */
export function TransactionSteps({ progress }: { progress: MoveProgress }) {
  const { t } = useTranslation()
  const { data: config } = useQuery(configQuery)
  if (progress.step === 'passedOn') return <p role="status">{t('transaction.passedOn')}</p>
  const reached = STEPS.indexOf(progress.step)
  return (
    <div className="grid gap-3 rounded-2xl bg-sunken p-4" data-step={progress.step}>
      <ol className="grid gap-2">
        {STEPS.map((step, place) => {
          const isDone = place < reached || progress.step === 'final'
          return (
            <li
              key={step}
              aria-current={place === reached ? 'step' : undefined}
              className={`flex items-center gap-3 ${place > reached ? 'text-quiet' : 'font-medium'}`}
            >
              <span className="grid size-5 place-items-center text-brand">
                {isDone ? <CheckIcon /> : place === reached ? <Spinner /> : <Dot />}
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
          {t('transaction.hash')} <Hash hash={progress.hash} />{' '}
          {'block' in progress && config?.chain && <BlockLink chain={config.chain} block={progress.block} />}
        </p>
      )}
    </div>
  )
}

function Dot() {
  return <span className="size-2 rounded-full bg-edge" />
}
