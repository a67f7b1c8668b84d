import createClient, { type FetchResponse, type Middleware } from 'openapi-fetch'
import { takePrefetched } from '@/firstPaint/prefetch'
import { accessToken, renewAccessToken } from '@/session/session'
import { ApiError, toProblem, UNREACHABLE } from './problem'
import type { components, paths } from './schema'

export type Schemas = components['schemas']

const WITHOUT_SESSION = /\/auth\/(challenge|session|refresh|sign-out)$/

/** Ask for error messages in the language of the page. */
const addLanguage: Middleware = {
  onRequest({ request }) {
    request.headers.set('Accept-Language', document.documentElement.lang)
    return request
  },
}

/** Send the access token with each request; `fetchWithTokenRenewal` renews one that has expired. */
const addAccessToken: Middleware = {
  onRequest({ request, schemaPath }) {
    const token = accessToken()
    if (token !== undefined && !WITHOUT_SESSION.test(schemaPath)) {
      request.headers.set('Authorization', `Bearer ${token}`)
    }
    return request
  },
}

async function fetchWithTokenRenewal(request: Request): Promise<Response> {
  const retry = request.clone()
  const response = (await takePrefetched(request)) ?? (await fetch(request))
  if (response.status !== 401 || !request.headers.has('Authorization')) return response
  const token = await renewAccessToken()
  if (token === undefined) return response
  retry.headers.set('Authorization', `Bearer ${token}`)
  return fetch(retry)
}

export const api = createClient<paths>({ baseUrl: '', fetch: fetchWithTokenRenewal })
api.use(addLanguage, addAccessToken)

/** Return the body of a response. Throws `ApiError` for an error response, and when no response comes. */
export async function unwrap<
  Kind extends Record<string | number, unknown>,
  Options,
  Media extends `${string}/${string}`,
>(
  pending: Promise<FetchResponse<Kind, Options, Media>>,
): Promise<NonNullable<FetchResponse<Kind, Options, Media>['data']>> {
  const { data, error, response } = await pending.catch(() => {
    throw new ApiError(UNREACHABLE)
  })
  if (!response.ok) throw new ApiError(toProblem(response.status, error))
  return data as NonNullable<typeof data>
}

/** Return a key for one attempt to create something, so that sending it twice creates it once. */
export function newIdempotencyKey(): string {
  return crypto.randomUUID()
}
