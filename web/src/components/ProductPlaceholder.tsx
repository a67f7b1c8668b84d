import { useId } from 'react'

const INKS = ['#0e5a45', '#8f5a0a', '#7a2e2e', '#20456b', '#5b3a6e', '#3d5a1e'] as const
const SHAPES = [
  'M0 20 20 0l20 20-20 20z',
  'M20 0a20 20 0 0 1 0 40A20 20 0 0 1 20 0',
  'M0 0h20v20H0zM20 20h20v20H20z',
  'M0 40 20 0l20 40z',
] as const

/** A pattern in place of a missing product picture, always the same for the same product. */
export function ProductPlaceholder({ productId, className }: { productId: number; className?: string }) {
  const id = useId()
  const ink = INKS[productId % INKS.length]
  const shape = SHAPES[Math.floor(productId / INKS.length) % SHAPES.length]
  return (
    <svg viewBox="0 0 160 160" preserveAspectRatio="xMidYMid slice" aria-hidden="true" className={className}>
      <defs>
        <pattern id={id} width="40" height="40" patternUnits="userSpaceOnUse" patternTransform="rotate(8)">
          <path d={shape} fill={ink} opacity="0.85" />
          <circle cx="20" cy="20" r="7" fill="#e6a13c" />
          <circle cx="0" cy="0" r="4" fill="#f6f2e9" />
        </pattern>
      </defs>
      <rect width="160" height="160" fill={ink} opacity="0.35" />
      <rect width="160" height="160" fill={`url(#${id})`} />
    </svg>
  )
}
