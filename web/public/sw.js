/*
 * The app without a network: its page, and whatever of its files was loaded before. Nothing of anybody's is kept here:
 * what the API says, and files by their CID, always come from the shop itself.
 */
const PAGE = 'page-1'
const FILES = 'files-1'
const HOME = '/'

self.addEventListener('install', event => {
  event.waitUntil(caches.open(PAGE).then(cache => cache.add(new Request(HOME, { cache: 'reload' }))))
  self.skipWaiting()
})

self.addEventListener('activate', event => {
  const isOld = name => name !== PAGE && name !== FILES
  event.waitUntil(
    caches
      .keys()
      .then(names => Promise.all(names.filter(isOld).map(name => caches.delete(name))))
      .then(() => self.clients.claim()),
  )
})

self.addEventListener('fetch', event => {
  const { request } = event
  const { origin, pathname } = new URL(request.url)
  if (request.method !== 'GET' || origin !== self.location.origin) return
  if (request.mode === 'navigate') {
    event.respondWith(fetch(request).catch(error => keptPage(error)))
    event.waitUntil(keepNewestPage())
  } else if (pathname.startsWith('/assets/')) event.respondWith(fromCacheFirst(request))
})

/** Each address of the app is the same page: without a network, the one that was here. */
async function keptPage(error) {
  const kept = await (await caches.open(PAGE)).match(HOME)
  if (kept === undefined) throw error
  return kept
}

/** Where the shop has been renewed, the files of the build before are not needed any more. */
async function keepNewestPage() {
  const cache = await caches.open(PAGE)
  const old = await cache.match(HOME)
  const response = await fetch(HOME, { cache: 'no-cache' }).catch(() => undefined)
  if (!response?.ok || old?.headers.get('ETag') === response.headers.get('ETag')) return
  await cache.put(HOME, response)
  if (old !== undefined) await caches.delete(FILES)
}

/** Files whose names hold a hash of their contents never change. */
async function fromCacheFirst(request) {
  const cache = await caches.open(FILES)
  const kept = await cache.match(request)
  if (kept !== undefined) return kept
  const response = await fetch(request)
  if (response.ok) await cache.put(request, response.clone())
  return response
}
