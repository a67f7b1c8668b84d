import { loadSetting } from '@/session/storage'

export const LANGUAGES = ['en', 'sw'] as const
export type Language = (typeof LANGUAGES)[number]

/** Return the chosen language, else the first of the browser's languages that the app has. */
export function preferredLanguage(): Language {
  const wanted = [loadSetting('language'), ...navigator.languages.map(tag => tag.split('-')[0])]
  return wanted.find(isLanguage) ?? 'en'
}

function isLanguage(value: string | undefined): value is Language {
  return LANGUAGES.some(language => language === value)
}
