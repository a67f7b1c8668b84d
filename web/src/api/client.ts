import createClient, { type FetchResponse, type Middleware } from 'openapi-fetch'
import { takeAnswer } from '@/firstPaint/prefetch'
import { accessToken, renewAccessToken } from '@/session/session'
import { ApiError, problemOf, UNREACHABLE } from './problem'
import type { components, paths } from './schema'

export type Schemas = components['schemas']

const WITHOUT_SESSION = /\/auth\/(challenge|session|refresh|sign-out)$/

/** The API words its refusals in the reader's language, which is the page's. */
const withLanguage: Middleware = {
  onRequest({ request }) {
    request.headers.set('Accept-Language', document.documentElement.lang)
    return request
  },
}

/** Sends the access token along; one that has run out is renewed, and the request made once more. */
const withSession: Middleware = {
  onRequest({ request, schemaPath }) {
    const token = accessToken()
    if (token !== undefined && !WITHOUT_SESSION.test(schemaPath)) {
      request.headers.set('Authorization', `Bearer ${token}`)
    }
    return request
  },
}

async function fetchAgainWhenTokenIsOver(request: Request): Promise<Response> {
  const again = request.clone()
  const response = (await takeAnswer(request)) ?? (await fetch(request))
  if (response.status !== 401 || !request.headers.has('Authorization')) return response
  const token = await renewAccessToken()
  if (token === undefined) return response
  again.headers.set('Authorization', `Bearer ${token}`)
  return fetch(again)
}

export const api = createClient<paths>({ baseUrl: '', fetch: fetchAgainWhenTokenIsOver })
api.use(withLanguage, withSession)

/** The answer's body. Throws `ApiError` for a refusal, and when nobody answers. */
export async function answerOf<
  Kind extends Record<string | number, unknown>,
  Options,
  Media extends `${string}/${string}`,
>(
  asked: Promise<FetchResponse<Kind, Options, Media>>,
): Promise<NonNullable<FetchResponse<Kind, Options, Media>['data']>> {
  const { data, error, response } = await asked.catch(() => {
    throw new ApiError(UNREACHABLE)
  })
  if (!response.ok) throw new ApiError(problemOf(response.status, error))
  return data as NonNullable<typeof data>
}

/** Names one attempt at making something, so that asking twice makes it once. */
export function newIdempotencyKey(): string {
  return crypto.randomUUID()
}
