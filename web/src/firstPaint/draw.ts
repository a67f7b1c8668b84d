/**
 * What can be seen before the app's script has come, which takes seconds on a cheap phone: the page's own words, and
 * of a product its title and picture, at the very places where the app draws them afterwards.
 */
import { pictureUrl } from '@/features/shop/pictureUrl'
import type { Product } from '@/features/shop/queries'
import type { Language } from '@/i18n/texts'
import type { FirstPage } from './pages'
import { readAhead } from './prefetch'

export async function drawFirst(page: FirstPage, language: Language): Promise<void> {
  const template = document.querySelector<HTMLTemplateElement>(
    `template[data-page=${page.name}][lang=${language}]`,
  )
  const place = document.querySelector('#root main') // the app throws it away when it comes
  if (template === null || place === null) return
  const drawn = template.content.cloneNode(true) as DocumentFragment
  if (page.product !== undefined) {
    const product = await readAhead<Product>(page.product)
    if (product === undefined) return
    drawProduct(drawn, product)
  }
  place.replaceChildren(drawn)
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
