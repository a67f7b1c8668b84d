/** Responses for the first page, fetched before the app has loaded. Each is taken once. */
const responses = new Map<string, Promise<Response | undefined>>()
let pendingCount = 0

/** Fetch public GET paths, exactly as the app will request them. */
export function prefetch(paths: readonly string[], language: string): void {
  for (const path of paths) {
    pendingCount += 1
    const response = fetch(path, { headers: { 'Accept-Language': language } })
      .then(response => (response.ok ? response : undefined))
      .catch(() => undefined) // the app fetches it again, and shows the error
      .finally(() => {
        pendingCount -= 1
      })
    responses.set(path, response)
  }
}

/** Return true once every response has arrived, so that the app can start with its whole page. */
export function isPrefetchDone(): boolean {
  return pendingCount === 0
}

/** Read the body of a response without taking it; undefined where there is none or it is not JSON. */
export async function readPrefetched<Body>(path: string): Promise<Body | undefined> {
  const response = await responses.get(path)
  const body: unknown = await response
    ?.clone()
    .json()
    .catch(() => undefined)
  return body as Body | undefined
}

/** Take the response to a request; undefined where it was not prefetched, or failed. */
export async function takePrefetched(request: Request): Promise<Response | undefined> {
  if (request.method !== 'GET' || responses.size === 0) return undefined
  const { pathname, search } = new URL(request.url)
  const response = responses.get(pathname + search)
  responses.delete(pathname + search)
  return request.headers.has('Authorization') ? undefined : response
}

/** Forget the responses that the first page did not take. */
export function discardPrefetched(): void {
  responses.clear()
}
