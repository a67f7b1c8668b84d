/** Return the URL of a picture. */
export function pictureUrl(cid: string): string {
  return `/ipfs/${encodeURIComponent(cid)}`
}
