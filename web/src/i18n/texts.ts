import { loadSetting } from '@/session/storage'
import type en from './en.json'

export const LANGUAGES = ['en', 'sw'] as const
export type Language = (typeof LANGUAGES)[number]
export type Texts = typeof en

/** Each language is a chunk of its own; only the one in use is loaded. */
const TEXTS: Record<Language, () => Promise<{ default: Texts }>> = {
  en: () => import('./en.json'),
  sw: () => import('./sw.json'),
}

/** Return the chosen language, else the first of the browser's languages that the app has. */
export function preferredLanguage(): Language {
  const wanted = [loadSetting('language'), ...navigator.languages.map(tag => tag.split('-')[0])]
  return wanted.find(isLanguage) ?? 'en'
}

function isLanguage(value: string | undefined): value is Language {
  return LANGUAGES.some(language => language === value)
}

export async function loadTexts(language: Language): Promise<Texts> {
  return (await TEXTS[language]()).default
}
