import { gzipSync } from 'node:zlib'
import type { Plugin, Rolldown } from 'vite'

const KB = 1000

/** Says how much script a first visit loads, gzipped, and fails the build when it is more than `mostKb`. */
export function firstLoadBudget(mostKb: number): Plugin {
  return {
    name: 'first-load-budget',
    apply: 'build',
    generateBundle(_options, bundle) {
      const chunks = Object.values(bundle).filter(output => output.type === 'chunk')
      const bytes = firstLoaded(chunks).reduce(
        (sum, chunk) => sum + gzipSync(chunk.code, { level: 9 }).length,
        0,
      )
      const said = `first load: ${(bytes / KB).toFixed(1)} kB of script, gzipped; at most ${mostKb} kB`
      if (bytes > mostKb * KB) this.error(said)
      this.info(said)
    },
  }
}

/** The entry and everything it imports statically: what stands between a visitor and the first page. */
function firstLoaded(chunks: Rolldown.OutputChunk[]): Rolldown.OutputChunk[] {
  const byName = new Map(chunks.map(chunk => [chunk.fileName, chunk]))
  const found = new Set<Rolldown.OutputChunk>()
  const visit = (chunk: Rolldown.OutputChunk | undefined): void => {
    if (chunk === undefined || found.has(chunk)) return
    found.add(chunk)
    for (const name of chunk.imports) visit(byName.get(name))
  }
  for (const chunk of chunks) if (chunk.isEntry) visit(chunk)
  return [...found]
}
