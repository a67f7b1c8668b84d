import { queryOptions } from '@tanstack/react-query'
import { api, unwrap } from '@/api/client'
import type { Language } from '@/i18n/texts'

/** The API's sentences for every code in both languages, among them the reasons of failed M-Pesa payments. */
export const errorCatalogueQuery = queryOptions({
  queryKey: ['errors'],
  queryFn: () => unwrap(api.GET('/api/v1/errors')),
  staleTime: Number.POSITIVE_INFINITY,
})

/** Return the reason why an M-Pesa payment failed, and what to do. */
export function failureReason(
  sentences: readonly { code: string; en: Words; sw: Words }[],
  failure: string | null,
  language: Language,
): string | undefined {
  const found = sentences.find(one => one.code === `mpesa_${failure ?? 'not_sent'}`)
  return found && `${found[language].happened} ${found[language].advice}`
}

interface Words {
  happened: string
  advice: string
}
