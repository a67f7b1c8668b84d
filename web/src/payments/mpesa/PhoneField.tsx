import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Field } from '@/components/Field'
import { parsePhone } from './phone'

interface PhoneFieldProps {
  label: string
  hint: string
  value: string
  onChange(value: string): void
  /** An error of the API about the number. */
  error?: string | undefined
}

/** A field for a Kenyan phone number, validated when the user leaves it. */
export function PhoneField({ label, hint, value, onChange, error }: PhoneFieldProps) {
  const { t } = useTranslation()
  const [wasBlurred, setIsLeft] = useState(false)
  const isWrong = wasBlurred && value.trim() !== '' && parsePhone(value) === undefined
  return (
    <Field
      label={label}
      hint={hint}
      error={isWrong ? t('payments.mpesa.phoneInvalid') : error}
      value={value}
      onChange={event => onChange(event.target.value)}
      onBlur={() => setIsLeft(true)}
      type="tel"
      inputMode="tel"
      autoComplete="tel"
      maxLength={40}
      required
    />
  )
}
