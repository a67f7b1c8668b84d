import { type InputHTMLAttributes, type ReactNode, useId } from 'react'

interface FieldProps extends InputHTMLAttributes<HTMLInputElement> {
  label: string
  hint?: ReactNode
  error?: string | undefined
}

const INPUT = 'w-full rounded-2xl border bg-surface px-4 py-3 text-base text-ink placeholder:text-quiet'

/** A labelled text input with a hint and an error message. */
export function Field({ label, hint, error, className, ...rest }: FieldProps) {
  const id = useId()
  const descriptions = [hint === undefined ? '' : `${id}-hint`, error === undefined ? '' : `${id}-error`]
  return (
    <div className={className}>
      <label htmlFor={id} className="mb-1.5 block font-semibold text-sm">
        {label}
      </label>
      <input
        {...rest}
        id={id}
        aria-invalid={error !== undefined}
        aria-describedby={descriptions.filter(Boolean).join(' ') || undefined}
        className={`${INPUT} min-h-12 ${error === undefined ? 'border-edge' : 'border-bad'}`}
      />
      <FieldNotes id={id} hint={hint} error={error} />
    </div>
  )
}

interface TextAreaProps {
  label: string
  value: string
  onChange(value: string): void
  hint?: ReactNode
  error?: string | undefined
  maxLength?: number
  rows?: number
  autoComplete?: string
  required?: boolean
}

export function TextArea({ label, value, onChange, hint, error, rows = 3, ...rest }: TextAreaProps) {
  const id = useId()
  return (
    <div>
      <label htmlFor={id} className="mb-1.5 block font-semibold text-sm">
        {label}
      </label>
      <textarea
        {...rest}
        id={id}
        rows={rows}
        value={value}
        onChange={event => onChange(event.target.value)}
        aria-invalid={error !== undefined}
        aria-describedby={error === undefined ? `${id}-hint` : `${id}-error`}
        className={`${INPUT} ${error === undefined ? 'border-edge' : 'border-bad'}`}
      />
      <FieldNotes id={id} hint={hint} error={error} />
    </div>
  )
}

function FieldNotes({ id, hint, error }: { id: string; hint: ReactNode; error: string | undefined }) {
  return (
    <>
      {hint !== undefined && (
        <p id={`${id}-hint`} className="mt-1.5 text-quiet text-sm">
          {hint}
        </p>
      )}
      {error !== undefined && (
        <p id={`${id}-error`} role="alert" className="mt-1.5 font-medium text-bad text-sm">
          {error}
        </p>
      )}
    </>
  )
}
