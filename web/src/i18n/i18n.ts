import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'
import { keep, kept } from '@/session/storage'
import type en from './en.json'

export const LANGUAGES = ['en', 'sw'] as const
export type Language = (typeof LANGUAGES)[number]

/** Each language is a chunk of its own, and only the one in use is loaded. */
const TEXTS: Record<Language, () => Promise<{ default: typeof en }>> = {
  en: () => import('./en.json'),
  sw: () => import('./sw.json'),
}

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'app'
    resources: { app: typeof en }
  }
}

/** The language that was chosen, else the first of the browser's that we speak. */
export function preferredLanguage(): Language {
  const wanted = [kept('language'), ...navigator.languages.map(tag => tag.split('-')[0])]
  return (
    LANGUAGES.find(language => language === wanted.find(one => LANGUAGES.some(ours => ours === one))) ?? 'en'
  )
}

export async function startTexts(): Promise<void> {
  const language = preferredLanguage()
  const { default: texts } = await TEXTS[language]()
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: false,
    defaultNS: 'app',
    resources: { [language]: { app: texts } },
    interpolation: { escapeValue: false }, // React escapes
    returnNull: false,
  })
  document.documentElement.lang = language
}

export async function changeLanguage(language: Language): Promise<void> {
  const { default: texts } = await TEXTS[language]()
  i18next.addResourceBundle(language, 'app', texts)
  await i18next.changeLanguage(language)
  keep('language', language)
  document.documentElement.lang = language
}
