import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Field } from '@/components/Field'
import { parsePhone } from './phone'

interface PhoneFieldProps {
  label: string
  hint: string
  value: string
  onChange(value: string): void
  /** What the shop said of the number, should it see more than the rule does. */
  error?: string | undefined
}

/** A phone number as people write it; what is wrong with it is said when they have left the field. */
export function PhoneField({ label, hint, value, onChange, error }: PhoneFieldProps) {
  const { t } = useTranslation()
  const [isLeft, setIsLeft] = useState(false)
  const isWrong = isLeft && value.trim() !== '' && parsePhone(value) === undefined
  return (
    <Field
      label={label}
      hint={hint}
      error={isWrong ? t('errors.phone_not_valid') : error}
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
