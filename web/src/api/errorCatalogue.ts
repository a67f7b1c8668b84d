import { queryOptions } from '@tanstack/react-query'
import type { Language } from '@/i18n/language'
import { api, type Schemas, unwrap } from './client'

/** The API's sentences for every code, in both languages. */
export const errorCatalogueQuery = queryOptions({
  queryKey: ['errors'],
  queryFn: () => unwrap(api.GET('/api/v1/errors')),
  staleTime: Number.POSITIVE_INFINITY,
})

/** Return what happened and what to do, for a code; undefined for a code that the catalogue lacks. */
export function sentenceFor(
  code: string,
  language: Language,
  catalogue: readonly Schemas['ErrorView'][] = [],
): string | undefined {
  const entry = catalogue.find(candidate => candidate.code === code)
  return entry && `${entry[language].happened} ${entry[language].advice}`
}
