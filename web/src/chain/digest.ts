import { sha256 } from 'viem/utils'

/** SHA-256 in 64 hex digits; of ours, since the browser's own is there on secure pages only. */
export function sha256Of(bytes: Uint8Array): string {
  return sha256(bytes).slice(2)
}
