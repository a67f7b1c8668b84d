// Log lines on stderr; stdout belongs to the one line that says the launcher is ready.

const LEVELS = ['off', 'error', 'warn', 'info', 'debug', 'trace']

export function logger(level) {
  if (!LEVELS.includes(level)) throw new TypeError(`unknown log level: ${level}`)
  const limit = LEVELS.indexOf(level)
  const log = (lineLevel, text) => {
    if (LEVELS.indexOf(lineLevel) > limit) return
    process.stderr.write(`${new Date().toISOString()} ${lineLevel.toUpperCase()} ${text}\n`)
  }
  log.level = level
  return log
}
