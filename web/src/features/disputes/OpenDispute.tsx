import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ConfirmButton } from '@/components/ConfirmButton'
import type { Order } from '@/features/orders/queries'
import type { OrderActionState } from '@/features/orders/useOrderAction'
import { EvidenceUpload } from './EvidenceUpload'

/** Opens a dispute: the money stays held until the parties settle or the arbiter decides. */
export function OpenDispute({ order, orderAction }: { order: Order; orderAction: OrderActionState }) {
  const { t } = useTranslation()
  const [cid, setCid] = useState<string>()
  return (
    <ConfirmButton
      variant="danger"
      label={t('orderActions.dispute.label')}
      consequence={t('orderActions.dispute.consequence')}
      busy={orderAction.isPending}
      onConfirm={() => orderAction.mutate({ name: 'dispute', cid })}
    >
      <EvidenceUpload orderId={order.id} onUploaded={entry => setCid(entry.file?.cid)} />
    </ConfirmButton>
  )
}
