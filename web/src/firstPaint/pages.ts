/** A page that visitors reach from outside, by a link or a search. */
export interface FirstPaintPage {
  /** The `data-page` of its `<template>` in index.html. */
  name: string
  requests: readonly string[]
  /** The request among these that returns the product to be drawn. */
  product?: string
}

const PRODUCT = /^\/products\/(\d+)$/

/** Return the page at a location; undefined for pages of signed-in users, which only the app draws. */
export function firstPaintPageAt({
  pathname,
  search,
}: {
  pathname: string
  search: string
}): FirstPaintPage | undefined {
  if (pathname === '/') {
    const newest = search === '' ? ['/api/v1/products?limit=24'] : []
    return { name: 'home', requests: [...newest, '/api/v1/categories', '/api/v1/rate'] }
  }
  if (pathname === '/proof') return { name: 'proof', requests: ['/api/v1/config'] }
  const productId = PRODUCT.exec(pathname)?.[1]
  if (productId === undefined) return undefined
  const product = `/api/v1/products/${productId}`
  return { name: 'product', requests: [product, '/api/v1/rate', '/api/v1/config'], product }
}
