import { queryOptions } from '@tanstack/react-query'
import { answerOf, api } from '@/api/client'
import type { Language } from '@/i18n/texts'

/** The shop's own sentences for every code, in both languages: M-Pesa's reasons are among them. */
export const sentencesQuery = queryOptions({
  queryKey: ['errors'],
  queryFn: () => answerOf(api.GET('/api/v1/errors')),
  staleTime: Number.POSITIVE_INFINITY,
})

/** Why a payment by M-Pesa brought no money, and what to do. */
export function whyFailed(
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
