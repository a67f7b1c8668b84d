/**
 * Who is signed in. The access token lives in this module's memory and nowhere else; the refresh token is in a cookie
 * that scripts cannot read. What is kept in storage is no secret: that there is a session, and which wallet it is of.
 */
import { useSyncExternalStore } from 'react'
import type { Schemas } from '@/api/client'
import { loadSetting, saveSetting } from './storage'

export type Account = Schemas['AccountView']

type Session =
  | { state: 'restoring' }
  /**
   * `hasExpired`: signed out by the server, not by the user, which the page says. `isUntold`: the shop did not hear of
   * it yet, so the cookie in this browser is still good.
   */
  | { state: 'signedOut'; hasExpired: boolean; isUntold: boolean }
  | { state: 'signedIn'; account: Account; token: string; walletId: string | undefined }

const RENEW_BEFORE_EXPIRY_MS = 60_000

let session: Session =
  loadSetting('signedIn') === 'yes' ? { state: 'restoring' } : signedOut({ hasExpired: false })
let renewing: Promise<string | undefined> | undefined
let renewTimer: ReturnType<typeof setTimeout> | undefined
const listeners = new Set<() => void>()

export function useSession(): Session {
  return useSyncExternalStore(subscribe, () => session)
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

/** Get a new access token by the cookie; undefined when the session has expired. Two calls at once share one request. */
export function renewAccessToken(): Promise<string | undefined> {
  renewing ??= renew().finally(() => {
    renewing = undefined
  })
  return renewing
}

/** Restore the session of an earlier visit, or finish its sign-out. Called once, when the app starts. */
export function restoreSession(): void {
  const finishSignOut = () => {
    if (isSignOutUntold()) void reportSignOut()
  }
  window.addEventListener('online', finishSignOut)
  finishSignOut()
  if (session.state === 'restoring') void renewAccessToken()
}

export function beginSession(signedIn: Schemas['SignedIn'], walletId: string | undefined): void {
  saveSetting('signedIn', 'yes')
  saveSetting('signOut', undefined) // the cookie that it was about has been replaced
  if (walletId !== undefined) saveSetting('wallet', walletId)
  set({
    state: 'signedIn',
    account: signedIn.account,
    token: signedIn.accessToken,
    walletId: walletId ?? loadSetting('wallet'),
  })
  clearTimeout(renewTimer)
  const endsInMs = Date.parse(signedIn.expiresAt) - Date.now()
  renewTimer = setTimeout(() => void renewAccessToken(), Math.max(endsInMs - RENEW_BEFORE_EXPIRY_MS, 0))
}

/** Sign out here at once, and tell the shop; without a network, again when there is one. */
export async function signOut(): Promise<void> {
  saveSetting('signOut', 'untold')
  endSession({ hasExpired: false })
  await reportSignOut()
}

async function reportSignOut(): Promise<void> {
  const response = await fetch('/api/v1/auth/sign-out', { method: 'POST' }).catch(() => undefined)
  if (response?.ok) saveSetting('signOut', undefined)
  if (session.state === 'signedOut') set(signedOut(session))
}

function isSignOutUntold(): boolean {
  return loadSetting('signOut') === 'untold'
}

function signedOut({ hasExpired }: { hasExpired: boolean }): Session {
  return { state: 'signedOut', hasExpired, isUntold: isSignOutUntold() }
}

function endSession({ hasExpired }: { hasExpired: boolean }): void {
  clearTimeout(renewTimer)
  saveSetting('signedIn', undefined)
  set({ state: 'signedOut', hasExpired, isUntold: false }) // told below, unless that fails
}

async function renew(): Promise<string | undefined> {
  // Not by the typed client, which depends on this module for tokens.
  const response = await fetch('/api/v1/auth/refresh', { method: 'POST' }).catch(() => undefined)
  if (response?.ok) {
    const signedIn = (await response.json()) as Schemas['SignedIn']
    beginSession(signedIn, undefined)
    return signedIn.accessToken
  }
  if (response?.status === 401) endSession({ hasExpired: true })
  else if (session.state === 'restoring') set(signedOut({ hasExpired: false })) // the shop is down: the cookie may still be valid
  return undefined
}

function set(next: Session): void {
  session = next
  for (const listener of listeners) listener()
}
