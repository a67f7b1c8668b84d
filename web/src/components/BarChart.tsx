interface BarsProps {
  /** The earliest first; none below zero. */
  values: readonly bigint[]
}

const WIDE = 160
const HIGH = 60
const SCALE = 1_000n

/** A bar for each value, without words: what stands beside it says the same in figures. */
export function Bars({ values }: BarsProps) {
  let most = 1n
  for (const value of values) if (value > most) most = value
  const step = WIDE / Math.max(values.length, 1)
  return (
    <svg
      viewBox={`0 0 ${WIDE} ${HIGH}`}
      aria-hidden="true"
      preserveAspectRatio="none"
      className="h-24 w-full"
    >
      {values.map((value, place) => {
        const height = 1 + (Number((value * SCALE) / most) / Number(SCALE)) * (HIGH - 1)
        return (
          <rect
            // biome-ignore lint/suspicious/noArrayIndexKey: days and weeks never change places
            key={place}
            x={place * step + step * 0.1}
            width={step * 0.8}
            y={HIGH - height}
            height={height}
            className={value === 0n ? 'fill-line' : 'fill-brand'}
          />
        )
      })}
    </svg>
  )
}
