import { useMutation } from '@tanstack/react-query'
import { ApiError, toProblem, UNREACHABLE } from '@/api/problem'
import { accessToken, renewAccessToken } from '@/session/session'

/** Download a file that only the parties may read. A plain link could not send the access token. */
export function useDownload(url: string) {
  return useMutation({
    mutationFn: async () => {
      const token = accessToken() ?? (await renewAccessToken())
      const response = await fetch(url, { headers: { Authorization: `Bearer ${token}` } }).catch(() => {
        throw new ApiError(UNREACHABLE)
      })
      if (!response.ok)
        throw new ApiError(toProblem(response.status, await response.json().catch(() => null)))
      saveFile(await response.blob(), filenameOf(response))
    },
  })
}

function filenameOf(response: Response): string {
  return /filename="([^"]+)"/.exec(response.headers.get('Content-Disposition') ?? '')?.[1] ?? 'descrow'
}

function saveFile(contents: Blob, filename: string): void {
  const url = URL.createObjectURL(contents)
  const link = document.createElement('a')
  link.href = url
  link.download = filename
  link.click()
  URL.revokeObjectURL(url)
}
