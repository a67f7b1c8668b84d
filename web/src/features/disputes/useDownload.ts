import { useMutation } from '@tanstack/react-query'
import { ApiError, problemOf, UNREACHABLE } from '@/api/problem'
import { accessToken, renewAccessToken } from '@/session/session'

/** Save a file that only its parties may read: a plain link could not say who asks. */
export function useSaving(url: string) {
  return useMutation({
    mutationFn: async () => {
      const token = accessToken() ?? (await renewAccessToken())
      const response = await fetch(url, { headers: { Authorization: `Bearer ${token}` } }).catch(() => {
        throw new ApiError(UNREACHABLE)
      })
      if (!response.ok)
        throw new ApiError(problemOf(response.status, await response.json().catch(() => null)))
      save(await response.blob(), filenameOf(response))
    },
  })
}

function filenameOf(response: Response): string {
  return /filename="([^"]+)"/.exec(response.headers.get('Content-Disposition') ?? '')?.[1] ?? 'descrow'
}

function save(contents: Blob, filename: string): void {
  const url = URL.createObjectURL(contents)
  const link = document.createElement('a')
  link.href = url
  link.download = filename
  link.click()
  URL.revokeObjectURL(url)
}
