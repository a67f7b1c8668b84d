import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'
import { saveSetting } from '@/session/storage'
import { type Language, preferredLanguage } from './language'
import { loadTexts, type Texts } from './texts'

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'app'
    resources: { app: Texts }
  }
}

export async function initTexts(): Promise<void> {
  const language = preferredLanguage()
  const texts = await loadTexts(language)
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
  i18next.addResourceBundle(language, 'app', await loadTexts(language))
  await i18next.changeLanguage(language)
  saveSetting('language', language)
  document.documentElement.lang = language
}
