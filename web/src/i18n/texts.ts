import { kept } from '@/session/storage'
import type en from './en.json'

export const LANGUAGES = ['en', 'sw'] as const
export type Language = (typeof LANGUAGES)[number]
export type Texts = typeof en

/** Each language is a chunk of its own, and only the one in use is loaded. */
const TEXTS: Record<Language, () => Promise<{ default: Texts }>> = {
  en: () => import('./en.json'),
  sw: () => import('./sw.json'),
}

/** The language that was chosen, else the first of the browser's that we speak. */
export function preferredLanguage(): Language {
  const wanted = [kept('language'), ...navigator.languages.map(tag => tag.split('-')[0])]
  return (
    LANGUAGES.find(language => language === wanted.find(one => LANGUAGES.some(ours => ours === one))) ?? 'en'
  )
}

export async function loadTexts(language: Language): Promise<Texts> {
  return (await TEXTS[language]()).default
}
