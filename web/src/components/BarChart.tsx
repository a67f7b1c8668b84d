interface BarChartProps {
  /** The earliest first; none below zero. */
  values: readonly bigint[]
}

const WIDTH = 160
const HEIGHT = 60
const SCALE = 1_000n

/** One bar for each value, hidden from screen readers: the same numbers stand beside it as text. */
export function BarChart({ values }: BarChartProps) {
  let max = 1n
  for (const value of values) if (value > max) max = value
  const step = WIDTH / Math.max(values.length, 1)
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      aria-hidden="true"
      preserveAspectRatio="none"
      className="h-24 w-full"
    >
      {values.map((value, index) => {
        const height = 1 + (Number((value * SCALE) / max) / Number(SCALE)) * (HEIGHT - 1)
        return (
          <rect
            // biome-ignore lint/suspicious/noArrayIndexKey: days and weeks never change places
            key={index}
            x={index * step + step * 0.1}
            width={step * 0.8}
            y={HEIGHT - height}
            height={height}
            className={value === 0n ? 'fill-line' : 'fill-brand'}
          />
        )
      })}
    </svg>
  )
}
