/**
 * Draws the page before the app's script has loaded, which takes seconds on a cheap phone: its headings, and a
 * product's title and picture, exactly where the app draws them afterwards.
 */
import { pictureUrl } from '@/features/shop/pictureUrl'
import type { Product } from '@/features/shop/queries'
import type { Language } from '@/i18n/language'
import type { FirstPaintPage } from './pages'
import { readPrefetched } from './prefetch'

export async function drawFirstPaint(page: FirstPaintPage, language: Language): Promise<void> {
  const template = document.querySelector<HTMLTemplateElement>(
    `template[data-page=${page.name}][lang=${language}]`,
  )
  const main = document.querySelector('#root main') // the app replaces it
  if (template === null || main === null) return
  const drawn = template.content.cloneNode(true) as DocumentFragment
  if (page.product !== undefined) {
    const product = await readPrefetched<Product>(page.product)
    if (product === undefined) return
    drawProduct(drawn, product)
  }
  main.replaceChildren(drawn)
}

function drawProduct(drawn: DocumentFragment, product: Product): void {
  const title = drawn.querySelector('[data-product=title]')
  if (title !== null) title.textContent = product.title
  const picture = drawn.querySelector<HTMLImageElement>('[data-product=picture]')
  const cid = product.images[0]?.cid
  if (cid === undefined) picture?.remove()
  else if (picture !== null) {
    picture.src = pictureUrl(cid)
    picture.alt = product.title
  }
}
