/** What the first page will want to know, asked for before the app is here to ask. Each answer is taken once. */
const asked = new Map<string, Promise<Response | undefined>>()
let waitingFor = 0

/** `paths`: of GETs that anyone may make, as the app will make them. */
export function askAhead(paths: readonly string[], language: string): void {
  for (const path of paths) {
    waitingFor += 1
    const answer = fetch(path, { headers: { 'Accept-Language': language } })
      .then(response => (response.ok ? response : undefined))
      .catch(() => undefined) // the app asks again, and says what is wrong
      .finally(() => {
        waitingFor -= 1
      })
    asked.set(path, answer)
  }
}

/** What was asked has been answered: the app can begin with its page whole. */
export function isAnswered(): boolean {
  return waitingFor === 0
}

/** The body of an answer that stays to be taken; undefined where there is none, or none that can be read. */
export async function readAhead<Body>(path: string): Promise<Body | undefined> {
  const response = await asked.get(path)
  const body: unknown = await response
    ?.clone()
    .json()
    .catch(() => undefined)
  return body as Body | undefined
}

/** The answer to this very request; undefined when it was not asked ahead, or was refused. */
export async function takeAnswer(request: Request): Promise<Response | undefined> {
  if (request.method !== 'GET' || asked.size === 0) return undefined
  const { pathname, search } = new URL(request.url)
  const answer = asked.get(pathname + search)
  asked.delete(pathname + search)
  return request.headers.has('Authorization') ? undefined : answer
}

/** The first page is there; what it did not take is old from now on. */
export function forgetAnswers(): void {
  asked.clear()
}
