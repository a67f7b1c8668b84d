import { useTranslation } from 'react-i18next'
import type { CheckoutFieldsProps } from '../PaymentMethod'
import { PhoneField } from './PhoneField'

/** The M-Pesa number that pays, at checkout and for a later attempt. */
export function PayerPhone({ details, onChange, error }: CheckoutFieldsProps) {
  const { t } = useTranslation()
  return (
    <PhoneField
      label={t('payments.mpesa.phone')}
      hint={t('payments.mpesa.phoneHint')}
      error={error}
      value={details.phoneNumber ?? ''}
      onChange={phoneNumber => onChange({ phoneNumber })}
    />
  )
}
