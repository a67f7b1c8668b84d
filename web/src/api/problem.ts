/** A refusal of the API (RFC 9457). `code` is what the app compares and translates; `detail` is English. */
export interface Problem {
  code: string
  status: number
  detail: string
  about: Record<string, string | number | null>
}

/** Whatever stands in the way, by a stable code: each has a sentence under `errors` in both languages. */
export class Refusal extends Error {
  constructor(
    readonly code: string,
    detail: string,
    options?: ErrorOptions,
  ) {
    super(detail, options)
    this.name = new.target.name
  }
}

/** The API said no, or could not be asked. */
export class ApiError extends Refusal {
  constructor(readonly problem: Problem) {
    super(problem.code, problem.detail)
  }
}

/** Nobody answered: the phone is offline, or the shop is. Nothing is known of what became of the request. */
export const UNREACHABLE: Problem = {
  code: 'unreachable',
  status: 0,
  detail: 'The shop does not answer.',
  about: {},
}

/** What the body of an answer says of its refusal; an answer that is no problem document is a fault of the shop. */
export function problemOf(status: number, body: unknown): Problem {
  if (isObject(body) && typeof body.code === 'string') {
    return {
      code: body.code,
      status,
      detail: typeof body.detail === 'string' ? body.detail : '',
      about: isObject(body.about) ? (body.about as Problem['about']) : {},
    }
  }
  return { code: status >= 500 ? 'unavailable' : 'internal', status, detail: '', about: {} }
}

/** The stable code of whatever was thrown. */
export function codeOf(error: unknown): string {
  return error instanceof Refusal ? error.code : 'internal'
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
