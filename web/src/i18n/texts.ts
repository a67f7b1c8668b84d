import type en from './en.json'
import type { Language } from './language'

export type Texts = typeof en

/** Each language is a chunk of its own; only the one in use is loaded. */
const TEXTS: Record<Language, () => Promise<{ default: Texts }>> = {
  en: () => import('./en.json'),
  sw: () => import('./sw.json'),
}

export async function loadTexts(language: Language): Promise<Texts> {
  return (await TEXTS[language]()).default
}
