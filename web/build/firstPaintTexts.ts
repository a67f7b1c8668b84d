import { readFileSync } from 'node:fs'
import type { Plugin } from 'vite'

type Texts = { [key: string]: string | Texts }

const TEMPLATE = /^ *<template data-page="\w+">.*?<\/template>\n/gms
const TEXT = /{{([\w.]+)}}/g

/** Makes of each `<template>` of the page one for each language, with the app's own texts where it names them. */
export function firstTexts(languages: Record<string, URL>): Plugin {
  return {
    name: 'first-texts',
    transformIndexHtml: {
      order: 'pre',
      handler(html) {
        const texts = Object.entries(languages).map(
          ([language, file]) => [language, JSON.parse(readFileSync(file, 'utf8')) as Texts] as const,
        )
        return html.replace(TEMPLATE, template =>
          texts.map(([language, one]) => filled(template, language, one)).join(''),
        )
      },
    },
  }
}

function filled(template: string, language: string, texts: Texts): string {
  return template
    .replace('<template ', `<template lang="${language}" `)
    .replace(TEXT, (_, path: string) => escaped(textAt(texts, path)))
}

function textAt(texts: Texts, path: string): string {
  let at: string | Texts | undefined = texts
  for (const key of path.split('.')) at = typeof at === 'object' ? at[key] : undefined
  if (typeof at !== 'string') throw new Error(`index.html names a text that is none: ${path}`)
  return at
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
