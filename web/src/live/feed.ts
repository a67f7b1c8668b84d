/**
 * The account's live feed over Socket.IO. Entries are numbered without gaps: a new connection resumes after the last
 * number received, and a gap makes it reconnect.
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

/** The event after which all data must be read again: messages were missed, or the shop was restored from a backup. */
export const RELOAD = 'reload'

/** A number beyond any feed: the server answers with `reload` and the newest number, and sends later entries. */
const AFTER_NEWEST = Number.MAX_SAFE_INTEGER
const RETRY_DELAY_MS = 2_000

type Listener = (message: FeedMessage) => void

const listeners = new Set<Listener>()
const stateListeners = new Set<() => void>()
let socket: Socket | undefined
let connectedFor: number | undefined
let lastNumber = AFTER_NEWEST
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

/** Keep a connection open while somebody is signed in. Called once, when the app starts. */
export function connectWithSession(): void {
  subscribe(() => void syncConnection())
  void syncConnection()
}

async function syncConnection(): Promise<void> {
  const session = currentSession()
  const accountId = session.state === 'signedIn' ? session.account.id : undefined
  if (accountId === connectedFor) return
  connectedFor = accountId
  socket?.disconnect()
  socket = undefined
  lastNumber = AFTER_NEWEST
  setLive(false)
  if (accountId === undefined) return
  const { io } = await import('socket.io-client')
  if (connectedFor === accountId) socket = connect(io)
}

function connect(io: typeof import('socket.io-client').io): Socket {
  const opened = io({
    transports: ['websocket'],
    reconnectionDelayMax: RETRY_DELAY_MS * 5,
    auth: send => {
      const session = currentSession()
      send({ token: session.state === 'signedIn' ? session.token : '', after: lastNumber })
    },
  })
  opened.on('connect', () => setLive(true))
  opened.on('disconnect', () => setLive(false))
  opened.on('connect_error', async error => {
    setLive(false)
    if (error.message !== 'unauthenticated') return
    await renewAccessToken()
    if (opened === socket) setTimeout(() => opened.connect(), RETRY_DELAY_MS)
  })
  opened.onAny((name: string, payload: Record<string, unknown>) => handleMessage(opened, name, payload))
  return opened
}

function handleMessage(source: Socket, name: string, payload: Record<string, unknown>): void {
  const feedNumber = Number(payload.feedNumber)
  if (name !== RELOAD) {
    if (feedNumber <= lastNumber && lastNumber !== AFTER_NEWEST) return // received before
    if (feedNumber !== lastNumber + 1) {
      source.disconnect().connect() // a gap: resume after the last number
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
