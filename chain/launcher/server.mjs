// JSON-RPC 2.0 over WebSocket, and over HTTP POST for calls that need no subscription.

import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'
import { TransactionRefused } from './pool.mjs'

const MAX_MESSAGE = 64 * 1024 * 1024
const PARSE_ERROR = -32700
const INVALID_REQUEST = -32600
const METHOD_NOT_FOUND = -32601
const INVALID_PARAMS = -32602
const SERVER_ERROR = -32000

/** An answer that is an error, on purpose, with the code that the caller's protocol asks for. */
export class RpcError extends Error {
  constructor(code, message, data) {
    super(message)
    this.code = code
    this.data = data
  }
}

/** One client's connection: its subscriptions end with it. */
class Session {
  #send
  #subscriptions = new Map()
  #nextId = 1

  constructor(send) {
    this.#send = send
  }

  /** Register a subscription and return its id; `stop` is called once, when it ends. */
  subscribe(stop) {
    const id = `sub${this.#nextId++}`
    this.#subscriptions.set(id, stop)
    return id
  }

  has(id) {
    return this.#subscriptions.has(id)
  }

  unsubscribe(id) {
    const stop = this.#subscriptions.get(id)
    this.#subscriptions.delete(id)
    stop?.()
    return stop !== undefined
  }

  notify(method, subscription, result) {
    this.#send({ jsonrpc: '2.0', method, params: { subscription, result } })
  }

  close() {
    for (const id of [...this.#subscriptions.keys()]) this.unsubscribe(id)
  }
}

function errorBody(error, log) {
  if (error instanceof RpcError || error instanceof TransactionRefused) {
    return { code: error.code, message: error.message, ...(error.data !== undefined && { data: error.data }) }
  }
  if (error instanceof TypeError) return { code: INVALID_PARAMS, message: error.message }
  log('error', error.stack)
  return { code: SERVER_ERROR, message: error.message }
}

/**
 * Answer one request. `later` collects what a handler wants done after its answer is on its way:
 * a subscription's first message must not overtake the answer that names the subscription.
 */
function answerOne(request, methods, session, log) {
  if (typeof request !== 'object' || request === null || typeof request.method !== 'string') {
    return { response: { jsonrpc: '2.0', id: null, error: { code: INVALID_REQUEST, message: 'Invalid request' } } }
  }
  const id = request.id ?? null
  const later = []
  try {
    const handler = Object.hasOwn(methods, request.method) ? methods[request.method] : undefined
    if (!handler) throw new RpcError(METHOD_NOT_FOUND, `Method not found: ${request.method}`)
    const params = Array.isArray(request.params) ? request.params : Object.values(request.params ?? {})
    const result = handler(params, { session, later: (action) => later.push(action) })
    return { response: { jsonrpc: '2.0', id, result: result ?? null }, later }
  } catch (error) {
    return { response: { jsonrpc: '2.0', id, error: errorBody(error, log) } }
  }
}

function answerMessage(text, methods, session, send, log) {
  let message
  try {
    message = JSON.parse(text)
  } catch {
    send({ jsonrpc: '2.0', id: null, error: { code: PARSE_ERROR, message: 'Parse error' } })
    return
  }
  const requests = Array.isArray(message) ? message : [message]
  const answers = requests.map((request) => answerOne(request, methods, session, log))
  send(Array.isArray(message) ? answers.map(({ response }) => response) : answers[0]?.response)
  for (const { later = [] } of answers) {
    for (const action of later) {
      try {
        action()
      } catch (error) {
        log('error', error.stack)
      }
    }
  }
}

function serveHttp(request, response, methods, log) {
  if (request.method !== 'POST') {
    response.writeHead(405, { allow: 'POST' }).end()
    return
  }
  const chunks = []
  let size = 0
  request.on('data', (chunk) => {
    size += chunk.length
    if (size > MAX_MESSAGE) request.destroy()
    else chunks.push(chunk)
  })
  request.on('error', () => {})
  request.on('end', () => {
    const session = new Session(() => {})
    const send = (body) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify(body))
    }
    answerMessage(Buffer.concat(chunks).toString('utf8'), methods, session, send, log)
    session.close()
  })
}

function serveSocket(socket, methods, log) {
  const send = (body) => {
    if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(body))
  }
  const session = new Session(send)
  socket.on('message', (data) => answerMessage(data.toString('utf8'), methods, session, send, log))
  socket.on('close', () => session.close())
  socket.on('error', (error) => log('debug', `connection: ${error.message}`))
}

/** Listen, and resolve to { port, close } once it does; a taken port rejects. */
export function listen({ host, port, methods, log }) {
  const http = createServer((request, response) => serveHttp(request, response, methods, log))
  const sockets = new WebSocketServer({ server: http, maxPayload: MAX_MESSAGE })
  sockets.on('connection', (socket) => serveSocket(socket, methods, log))
  return new Promise((resolve, reject) => {
    sockets.on('error', reject)
    http.listen(port, host, () => {
      resolve({
        port: http.address().port,
        close: () => {
          for (const socket of sockets.clients) socket.terminate()
          sockets.close()
          http.close()
          http.closeAllConnections()
        },
      })
    })
  })
}
