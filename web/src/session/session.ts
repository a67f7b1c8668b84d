/**
 * Who is signed in. The access token lives in this module's memory and nowhere else; the refresh token is in a cookie
 * that scripts cannot read. What is kept in storage is no secret: that there is a session, and which wallet it is of.
 */
import { useSyncExternalStore } from 'react'
import type { Schemas } from '@/api/client'
import { keep, kept } from './storage'

export type Account = Schemas['AccountView']

type Session =
  | { state: 'restoring' }
  /** `isOver`: not by one's own choice; the reader is told. */
  | { state: 'signedOut'; isOver: boolean }
  | { state: 'signedIn'; account: Account; token: string; walletId: string | undefined }

const RENEW_BEFORE_END_MS = 60_000

let session: Session =
  kept('signedIn') === 'yes' ? { state: 'restoring' } : { state: 'signedOut', isOver: false }
let renewing: Promise<string | undefined> | undefined
let renewTimer: ReturnType<typeof setTimeout> | undefined
const listeners = new Set<() => void>()

export function useSession(): Session {
  return useSyncExternalStore(subscribe, () => session)
}

export function useAccount(): Account | undefined {
  const current = useSession()
  return current.state === 'signedIn' ? current.account : undefined
}

export function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function accessToken(): string | undefined {
  return session.state === 'signedIn' ? session.token : undefined
}

export function currentSession(): Session {
  return session
}

/** A fresh token by the cookie; undefined when the session is over. Asked twice at once, it is renewed once. */
export function renewAccessToken(): Promise<string | undefined> {
  renewing ??= renew().finally(() => {
    renewing = undefined
  })
  return renewing
}

/** Called once, when the app starts. */
export function restoreSession(): void {
  if (session.state === 'restoring') void renewAccessToken()
}

export function beginSession(signedIn: Schemas['SignedIn'], walletId: string | undefined): void {
  keep('signedIn', 'yes')
  if (walletId !== undefined) keep('wallet', walletId)
  set({
    state: 'signedIn',
    account: signedIn.account,
    token: signedIn.accessToken,
    walletId: walletId ?? kept('wallet'),
  })
  clearTimeout(renewTimer)
  const endsInMs = Date.parse(signedIn.expiresAt) - Date.now()
  renewTimer = setTimeout(() => void renewAccessToken(), Math.max(endsInMs - RENEW_BEFORE_END_MS, 0))
}

export async function signOut(): Promise<void> {
  endSession({ isOver: false })
  await fetch('/api/v1/auth/sign-out', { method: 'POST' }).catch(() => undefined) // offline: the cookie runs out
}

function endSession({ isOver }: { isOver: boolean }): void {
  clearTimeout(renewTimer)
  keep('signedIn', undefined)
  set({ state: 'signedOut', isOver })
}

async function renew(): Promise<string | undefined> {
  // Not by the typed client: it asks this module for tokens.
  const response = await fetch('/api/v1/auth/refresh', { method: 'POST' }).catch(() => undefined)
  if (response?.ok) {
    const signedIn = (await response.json()) as Schemas['SignedIn']
    beginSession(signedIn, undefined)
    return signedIn.accessToken
  }
  if (response?.status === 401) endSession({ isOver: true })
  else if (session.state === 'restoring') set({ state: 'signedOut', isOver: false }) // the shop is away: the cookie may be good yet
  return undefined
}

function set(next: Session): void {
  session = next
  for (const listener of listeners) listener()
}
