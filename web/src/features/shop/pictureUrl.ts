/** Where the shop serves a picture, whatever it is called by. */
export function pictureUrl(cid: string): string {
  return `/ipfs/${encodeURIComponent(cid)}`
}
