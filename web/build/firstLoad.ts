import { gzipSync } from 'node:zlib'
import type { HtmlTagDescriptor, Plugin, Rolldown } from 'vite'

const KB = 1000
const APP = '/src/main.tsx'

/**
 * Preload the script of a first visit, which is the small first script and the app that it imports, so that it loads
 * at once and not chunk after chunk. Report its gzipped size, and fail the build where it exceeds `maxKb`.
 */
export function firstLoad(maxKb: number): Plugin {
  return {
    name: 'first-load',
    apply: 'build',
    generateBundle(_options, bundle) {
      const bytes = firstLoaded(bundle).reduce(
        (sum, chunk) => sum + gzipSync(chunk.code, { level: 9 }).length,
        0,
      )
      const report = `first load: ${(bytes / KB).toFixed(1)} kB of script, gzipped; at most ${maxKb} kB`
      if (bytes > maxKb * KB) this.error(report)
      this.info(report)
    },
    transformIndexHtml: {
      order: 'post',
      handler(html, { bundle }) {
        const chunks = bundle === undefined ? [] : firstLoaded(bundle)
        const missing = chunks.map(chunk => `/${chunk.fileName}`).filter(path => !html.includes(`"${path}"`))
        return missing.map((href): HtmlTagDescriptor => {
          return { tag: 'link', attrs: { rel: 'modulepreload', crossorigin: true, href }, injectTo: 'head' }
        })
      },
    },
  }
}

/** Return the entry, the app, and everything that they import statically. */
function firstLoaded(bundle: Rolldown.OutputBundle): Rolldown.OutputChunk[] {
  const chunks = Object.values(bundle).filter(output => output.type === 'chunk')
  const byName = new Map(chunks.map(chunk => [chunk.fileName, chunk]))
  const found = new Set<Rolldown.OutputChunk>()
  const visit = (chunk: Rolldown.OutputChunk | undefined): void => {
    if (chunk === undefined || found.has(chunk)) return
    found.add(chunk)
    for (const name of chunk.imports) visit(byName.get(name))
  }
  for (const chunk of chunks) if (chunk.isEntry) visit(chunk)
  for (const chunk of chunks) if (chunk.facadeModuleId?.endsWith(APP)) visit(chunk)
  return [...found]
}
