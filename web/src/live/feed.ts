/**
 * The account's live feed over Socket.IO. Entries are numbered without gaps: after a break the connection goes on after
 * the last number heard, and one that jumps makes it begin there again.
 */
import type { Socket } from 'socket.io-client'
import { currentSession, renewAccessToken, subscribe } from '@/session/session'

export interface FeedMessage {
  name: string
  feedNumber: number
  orderId: number | undefined
  status: string | undefined
  payload: Record<string, unknown>
}

/** Tells that everything should be read anew: messages may have been missed, or the shop was restored from a backup. */
export const RELOAD = 'reload'

/** More than any feed has: the server answers with `reload` and the newest number, and we hear what comes after. */
const FROM_NOW_ON = Number.MAX_SAFE_INTEGER
const TRY_AGAIN_MS = 2_000

type Listener = (message: FeedMessage) => void

const listeners = new Set<Listener>()
const stateListeners = new Set<() => void>()
let socket: Socket | undefined
let connectedFor: number | undefined
let lastNumber = FROM_NOW_ON
let isLive = false

export function onFeedMessage(listener: Listener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function onLiveChange(listener: () => void): () => void {
  stateListeners.add(listener)
  return () => stateListeners.delete(listener)
}

export function isFeedLive(): boolean {
  return isLive
}

/** Called once, when the app starts: a connection for as long as somebody is signed in. */
export function followSession(): void {
  subscribe(() => void follow())
  void follow()
}

async function follow(): Promise<void> {
  const session = currentSession()
  const accountId = session.state === 'signedIn' ? session.account.id : undefined
  if (accountId === connectedFor) return
  connectedFor = accountId
  socket?.disconnect()
  socket = undefined
  lastNumber = FROM_NOW_ON
  setLive(false)
  if (accountId === undefined) return
  const { io } = await import('socket.io-client')
  if (connectedFor === accountId) socket = connect(io)
}

function connect(io: typeof import('socket.io-client').io): Socket {
  const opened = io({
    transports: ['websocket'],
    reconnectionDelayMax: TRY_AGAIN_MS * 5,
    auth: send => {
      const session = currentSession()
      send({ token: session.state === 'signedIn' ? session.token : '', after: lastNumber })
    },
  })
  opened.on('connect', () => setLive(true))
  opened.on('disconnect', reason => {
    setLive(false)
    // The server ends a connection with its token, and the library does not come back from that by itself.
    if (reason === 'io server disconnect') setTimeout(() => opened.connect(), 0)
  })
  opened.on('connect_error', async error => {
    setLive(false)
    if (error.message !== 'unauthenticated') return
    await renewAccessToken()
    if (opened === socket) setTimeout(() => opened.connect(), TRY_AGAIN_MS)
  })
  opened.onAny((name: string, payload: Record<string, unknown>) => hear(opened, name, payload))
  return opened
}

function hear(from: Socket, name: string, payload: Record<string, unknown>): void {
  const feedNumber = Number(payload.feedNumber)
  if (name !== RELOAD) {
    if (feedNumber <= lastNumber && lastNumber !== FROM_NOW_ON) return // heard before
    if (feedNumber !== lastNumber + 1) {
      from.disconnect().connect() // a gap: begin again after what we have
      return
    }
  }
  lastNumber = feedNumber
  const message: FeedMessage = {
    name,
    feedNumber,
    orderId: typeof payload.orderId === 'number' ? payload.orderId : undefined,
    status: typeof payload.status === 'string' ? payload.status : undefined,
    payload,
  }
  for (const listener of listeners) listener(message)
}

function setLive(now: boolean): void {
  if (isLive === now) return
  isLive = now
  for (const listener of stateListeners) listener()
}
