import { sha256 } from 'viem/utils'

/** Return a SHA-256 digest as 64 hex digits. The browser's own implementation exists on secure pages only. */
export function sha256Of(bytes: Uint8Array): string {
  return sha256(bytes).slice(2)
}
