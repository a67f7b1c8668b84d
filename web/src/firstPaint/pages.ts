/** A page that people come to from outside, by a link or a search. */
export interface FirstPage {
  /** As its `<template>` in index.html is called, which holds what can be seen of it without the app. */
  name: string
  asks: readonly string[]
  /** Which of these answers is the product to be drawn. */
  product?: string
}

const PRODUCT = /^\/products\/(\d+)$/

/** Undefined for pages of people who are signed in: those come with the app. */
export function firstPageAt({
  pathname,
  search,
}: {
  pathname: string
  search: string
}): FirstPage | undefined {
  if (pathname === '/') {
    const newest = search === '' ? ['/api/v1/products?limit=24'] : []
    return { name: 'home', asks: [...newest, '/api/v1/categories', '/api/v1/rate'] }
  }
  if (pathname === '/proof') return { name: 'proof', asks: ['/api/v1/config'] }
  const productId = PRODUCT.exec(pathname)?.[1]
  if (productId === undefined) return undefined
  const product = `/api/v1/products/${productId}`
  return { name: 'product', asks: [product, '/api/v1/rate', '/api/v1/config'], product }
}
