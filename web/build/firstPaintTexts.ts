import { readFileSync } from 'node:fs'
import type { Plugin } from 'vite'

type Texts = { [key: string]: string | Texts }

const TEMPLATE = /^ *<template data-page="\w+">.*?<\/template>\n/gms
const TEXT = /{{([\w.]+)}}/g

/** Repeat each `<template>` of index.html for each language, with the app's texts in place of their keys. */
export function firstPaintTexts(languages: Record<string, URL>): Plugin {
  return {
    name: 'first-paint-texts',
    transformIndexHtml: {
      order: 'pre',
      handler(html) {
        const texts = Object.entries(languages).map(
          ([language, file]) => [language, JSON.parse(readFileSync(file, 'utf8')) as Texts] as const,
        )
        return html.replace(TEMPLATE, template =>
          texts.map(([language, catalogue]) => fillTemplate(template, language, catalogue)).join(''),
        )
      },
    },
  }
}

function fillTemplate(template: string, language: string, texts: Texts): string {
  return template
    .replace('<template ', `<template lang="${language}" `)
    .replace(TEXT, (_, path: string) => escapeHtml(textAt(texts, path)))
}

function textAt(texts: Texts, path: string): string {
  let value: string | Texts | undefined = texts
  for (const key of path.split('.')) value = typeof value === 'object' ? value[key] : undefined
  if (typeof value !== 'string') throw new Error(`index.html uses an unknown text: ${path}`)
  return value
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
