import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { errorCode } from '@/api/problem'
import { useErrorMessage } from '@/components/ErrorMessage'
import { Field } from '@/components/Field'
import { parsePhone } from './phone'

export const PHONE_NOT_VALID = 'phone_not_valid'

interface PhoneFieldProps {
  label: string
  hint: string
  value: string
  onChange(value: string): void
  /** The error of the last request; the field shows it if it is about the number. */
  error: unknown
}

/** A field for a Kenyan phone number, validated when the user leaves it. */
export function PhoneField({ label, hint, value, onChange, error }: PhoneFieldProps) {
  const { t } = useTranslation()
  const errorMessage = useErrorMessage(error)
  const [wasBlurred, setWasBlurred] = useState(false)
  const isInvalid = wasBlurred && value.trim() !== '' && parsePhone(value) === undefined
  const refused = errorCode(error) === PHONE_NOT_VALID ? errorMessage : undefined
  return (
    <Field
      label={label}
      hint={hint}
      error={isInvalid ? t('payments.mpesa.phoneInvalid') : refused}
      value={value}
      onChange={event => onChange(event.target.value)}
      onBlur={() => setWasBlurred(true)}
      type="tel"
      inputMode="tel"
      autoComplete="tel"
      maxLength={40}
      required
    />
  )
}
