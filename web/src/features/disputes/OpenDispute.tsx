import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ConfirmedButton } from '@/components/ConfirmButton'
import type { Order } from '@/features/orders/queries'
import type { MoveState } from '@/features/orders/useOrderAction'
import { EvidenceUpload } from './EvidenceUpload'

/** The buyer says that something is wrong: the money stays where it is until it is settled or decided. */
export function OpenDispute({ order, move }: { order: Order; move: MoveState }) {
  const { t } = useTranslation()
  const [cid, setCid] = useState<string>()
  return (
    <ConfirmedButton
      look="danger"
      label={t('acts.dispute.label')}
      consequence={t('acts.dispute.consequence')}
      busy={move.isPending}
      onConfirm={() => move.mutate({ action: 'dispute', cid })}
    >
      <EvidenceUpload orderId={order.id} onShown={entry => setCid(entry.file?.cid)} />
    </ConfirmedButton>
  )
}
