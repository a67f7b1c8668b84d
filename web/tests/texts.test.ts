import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import en from '../src/i18n/en.json'
import sw from '../src/i18n/sw.json'

type Texts = { [key: string]: string | Texts }

const SRC = new URL('../src/', import.meta.url)
const SPOKEN = new Set(['aria-label', 'alt', 'title', 'placeholder', 'label', 'hint', 'note'])
const WORD = /\p{L}{2,}/u

describe('the two languages', () => {
  const [english, swahili] = [flat(en), flat(sw)]

  it('have the same keys', () => {
    expect([...swahili.keys()].sort()).toEqual([...english.keys()].sort())
  })

  it('say something under every key', () => {
    for (const [key, text] of [...english, ...swahili]) expect(text.trim(), key).not.toBe('')
  })

  it('name the same values in every text', () => {
    for (const [key, text] of english) expect(valuesIn(swahili.get(key) ?? ''), key).toEqual(valuesIn(text))
  })

  it('has no key that nothing uses', () => {
    const used = keysInSource()
    const isUsed = (key: string) =>
      used.keys.has(key.replace(/_(one|other)$/, '')) || used.prefixes.some(prefix => key.startsWith(prefix))
    expect([...english.keys()].filter(key => !isUsed(key))).toEqual([])
  })
})

describe('the pages', () => {
  const components = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter(name =>
    /(?<!\.test)\.tsx$/.test(name),
  )

  it.each(components)('%s holds no words of its own', name => {
    const path = fileURLToPath(new URL(name, SRC))
    expect(wordsOf(parsed(path, readFileSync(path, 'utf8')))).toEqual([])
  })

  it('would be caught with words of their own', () => {
    const source = parsed(
      'Caught.tsx',
      'const a = <p title="Some words">More words {t("key")} <img alt="" /></p>',
    )
    expect(wordsOf(source)).toEqual(['Some words', 'More words'])
  })
})

function parsed(path: string, text: string): ts.SourceFile {
  return ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX)
}

function flat(texts: Texts, before = ''): Map<string, string> {
  const found = new Map<string, string>()
  for (const [key, value] of Object.entries(texts)) {
    if (typeof value === 'string') found.set(before + key, value)
    else for (const [inner, text] of flat(value, `${before}${key}.`)) found.set(inner, text)
  }
  return found
}

/** Return the keys that the source names: `t('a.b')` in full, and `t(`a.${b}`)` by their beginning. */
function keysInSource(): { keys: Set<string>; prefixes: string[] } {
  const keys = new Set<string>()
  const prefixes: string[] = []
  const names = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter(name => /\.tsx?$/.test(name))
  for (const name of names) {
    const source = parsed(name, readFileSync(new URL(name, SRC), 'utf8'))
    const visit = (node: ts.Node): void => {
      if (ts.isStringLiteral(node)) keys.add(node.text)
      if (ts.isTemplateHead(node) && node.text.includes('.')) prefixes.push(node.text)
      ts.forEachChild(node, visit)
    }
    visit(source)
  }
  const page = readFileSync(new URL('../index.html', SRC), 'utf8')
  for (const [, key] of page.matchAll(/{{([\w.]+)}}/g)) if (key !== undefined) keys.add(key)
  return { keys, prefixes }
}

function valuesIn(text: string): string[] {
  return [...new Set(text.match(/{{\w+}}/g) ?? [])].sort()
}

/** Texts between tags, and in attributes that are read or read out. */
function wordsOf(source: ts.SourceFile): string[] {
  const found: string[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isJsxText(node) && WORD.test(node.text)) found.push(node.text.trim())
    if (ts.isJsxAttribute(node) && SPOKEN.has(node.name.getText()) && node.initializer !== undefined) {
      if (ts.isStringLiteral(node.initializer) && WORD.test(node.initializer.text))
        found.push(node.initializer.text)
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}
