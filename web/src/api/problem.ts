/** An error response of the API (RFC 9457). `code` is stable; `detail` is a sentence in the page's language. */
export interface Problem {
  code: string
  status: number
  detail: string
  about: Record<string, string | number | null>
}

/** An error with a stable code. Codes that the browser itself raises have a sentence under `errors` in both languages. */
export class AppError extends Error {
  constructor(
    readonly code: string,
    detail: string,
    options?: ErrorOptions,
  ) {
    super(detail, options)
    this.name = new.target.name
  }
}

/** An error response of the API, or no response at all. */
export class ApiError extends AppError {
  constructor(readonly problem: Problem) {
    super(problem.code, problem.detail)
  }
}

/** No response: the phone is offline, or the shop is. It is unknown whether the request was carried out. */
export const UNREACHABLE: Problem = { code: 'unreachable', status: 0, detail: '', about: {} }

/** Read the problem document in a response. A response without one is a fault of the shop. */
export function toProblem(status: number, body: unknown): Problem {
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

/** Return the stable code of anything that was thrown. */
export function errorCode(error: unknown): string {
  return error instanceof AppError ? error.code : 'internal'
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
