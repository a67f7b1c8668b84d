/*
 * Lets the app open without a network: caches its page, and those of its files that were loaded before. It caches no
 * user data: API responses and files by CID always come from the shop.
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
    event.respondWith(fetch(request).catch(error => cachedPage(error)))
    event.waitUntil(cacheNewestPage())
  } else if (pathname.startsWith('/assets/')) event.respondWith(cacheFirst(request))
})

/** Return the cached page, which is the same for every address of the app. */
async function cachedPage(error) {
  const cached = await (await caches.open(PAGE)).match(HOME)
  if (cached === undefined) throw error
  return cached
}

/** Cache the newest page. After an update of the app, delete the files of the build before. */
async function cacheNewestPage() {
  const cache = await caches.open(PAGE)
  const old = await cache.match(HOME)
  const response = await fetch(HOME, { cache: 'no-cache' }).catch(() => undefined)
  if (!response?.ok || old?.headers.get('ETag') === response.headers.get('ETag')) return
  await cache.put(HOME, response)
  if (old !== undefined) await caches.delete(FILES)
}

/** Return a file from the cache, else from the network. Files named by a hash of their contents never change. */
async function cacheFirst(request) {
  const cache = await caches.open(FILES)
  const cached = await cache.match(request)
  if (cached !== undefined) return cached
  const response = await fetch(request)
  if (response.ok) await cache.put(request, response.clone())
  return response
}
