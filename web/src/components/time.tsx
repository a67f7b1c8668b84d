import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'

const SECOND_MS = 1_000
const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const

/** Return the current time in milliseconds, updated every `everyMs`. */
export function useNow(everyMs = SECOND_MS): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs)
    return () => clearInterval(timer)
  }, [everyMs])
  return now
}

/** Return a formatter of durations in the page's language, by their two largest units: `2 days 3 hours`. */
export function useDuration(): (seconds: number) => string {
  const { i18n } = useTranslation()
  return seconds => {
    let left = Math.max(0, Math.floor(seconds))
    const parts: string[] = []
    for (const [unit, size] of UNITS) {
      const count = Math.floor(left / size)
      left -= count * size
      if (count > 0 || (unit === 'second' && parts.length === 0)) {
        parts.push(
          new Intl.NumberFormat(i18n.language, { style: 'unit', unit, unitDisplay: 'long' }).format(count),
        )
      }
      if (parts.length === 2) break
    }
    return parts.join(' ')
  }
}

/** A countdown to a point in time. It is not announced every second. */
export function Countdown({ until }: { until: string }) {
  const duration = useDuration()
  const seconds = (Date.parse(until) - useNow()) / SECOND_MS
  return (
    <time dateTime={until} className="figures" role="timer" aria-live="off">
      {duration(seconds)}
    </time>
  )
}

/** A date and time in the page's language and the device's time zone. */
export function DateTime({ at }: { at: string }) {
  const { i18n } = useTranslation()
  return (
    <time dateTime={at} className="figures whitespace-nowrap">
      {new Intl.DateTimeFormat(i18n.language, { dateStyle: 'medium', timeStyle: 'short' }).format(
        Date.parse(at),
      )}
    </time>
  )
}
