import { Link, type LinkProps } from '@tanstack/react-router'
import type { ButtonHTMLAttributes, ReactNode } from 'react'

type Variant = 'primary' | 'secondary' | 'danger'

const SHAPE =
  'inline-flex min-h-12 items-center justify-center gap-2 rounded-2xl px-5 py-3 font-semibold text-base transition-colors select-none'
const VARIANTS: Record<Variant, string> = {
  primary: 'bg-brand text-on-brand hover:bg-brand-strong',
  secondary: 'border border-edge bg-surface text-ink hover:bg-sunken',
  danger: 'border border-bad bg-surface text-bad hover:bg-bad-tint',
}

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  variant?: Variant
  /** The action is running: the button shows it and cannot be pressed again. */
  busy?: boolean
}

export function Button({
  variant = 'primary',
  busy = false,
  disabled,
  className,
  children,
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      disabled={disabled === true || busy}
      aria-busy={busy}
      className={`${SHAPE} ${VARIANTS[variant]} disabled:cursor-not-allowed disabled:opacity-55 ${className ?? ''}`}
    >
      {busy && <Spinner />}
      {children}
    </button>
  )
}

export function LinkButton({
  variant = 'primary',
  className,
  children,
  ...rest
}: LinkProps & { variant?: Variant; className?: string; children: ReactNode }) {
  return (
    <Link {...rest} className={`${SHAPE} ${VARIANTS[variant]} ${className ?? ''}`}>
      {children}
    </Link>
  )
}

export function Spinner() {
  return (
    <span
      aria-hidden="true"
      className="size-4 animate-spin rounded-full border-2 border-current border-t-transparent"
    />
  )
}
