import * as RadioGroup from '@radix-ui/react-radio-group'
import type { ReactNode } from 'react'

interface Option<Value extends string> {
  value: Value
  icon?: ReactNode
  label: ReactNode
  note?: ReactNode
  disabled?: boolean
}

interface ChoiceProps<Value extends string> {
  label: string
  value: Value
  options: readonly Option<Value>[]
  onChange(value: Value): void
  /** `cards` for options with an explanation, `segments` for options of one word. */
  variant?: 'cards' | 'segments'
}

/** A choice of one option among a few. */
export function Choice<Value extends string>({
  label,
  value,
  options,
  onChange,
  variant = 'cards',
}: ChoiceProps<Value>) {
  return (
    <RadioGroup.Root
      aria-label={label}
      value={value}
      onValueChange={chosen => onChange(chosen as Value)}
      className={variant === 'cards' ? 'grid gap-3 sm:grid-cols-2' : 'inline-flex rounded-2xl bg-sunken p-1'}
    >
      {options.map(option => (
        <RadioGroup.Item
          key={option.value}
          value={option.value}
          disabled={option.disabled ?? false}
          className={variant === 'cards' ? CARD : SEGMENT}
        >
          <span className="flex items-center gap-2 font-semibold">
            {option.icon}
            {option.label}
          </span>
          {option.note !== undefined && <span className="text-quiet text-sm">{option.note}</span>}
        </RadioGroup.Item>
      ))}
    </RadioGroup.Root>
  )
}

const CARD =
  'flex min-h-16 flex-col items-start gap-0.5 rounded-2xl border border-edge bg-surface px-4 py-3 text-left data-[state=checked]:border-brand data-[state=checked]:bg-tint data-[state=checked]:ring-2 data-[state=checked]:ring-brand disabled:opacity-55'
const SEGMENT =
  'min-h-11 whitespace-nowrap rounded-xl px-4 text-sm data-[state=checked]:bg-surface data-[state=checked]:shadow-card data-[state=unchecked]:text-quiet'
