import { expect, it } from 'vitest'
import { kesCents, planck } from '@/money/money'
import { agreedNext, isDifferent, type Offer } from './agreement'

const offer = (given: Partial<Offer> = {}): Offer => ({
  mode: 'mpesa',
  title: 'Phone, new, sealed',
  documentCid: 'bafkreione',
  amount: kesCents('100000'),
  ...given,
})

it('counts the first offer that is shown as seen', () => {
  expect(agreedNext(undefined, undefined)).toBeUndefined()
  expect(agreedNext(undefined, offer())).toEqual(offer())
})

it('keeps what was seen while a new figure loads and when it comes', () => {
  expect(agreedNext(offer(), undefined)).toEqual(offer())
  expect(agreedNext(offer(), offer({ amount: kesCents('100100') }))).toEqual(offer())
})

it('takes the figure of another payment method, and not a change of the product with it', () => {
  const inDot = offer({
    mode: 'dot',
    amount: planck('20000000000'),
    title: 'Empty box',
    documentCid: 'bafkreitwo',
  })
  const agreed = agreedNext(offer(), inDot)
  expect(agreed).toEqual(offer({ mode: 'dot', amount: planck('20000000000') }))
  expect(agreed && isDifferent(agreed, inDot)).toBe(true)
})

it.each([{ amount: kesCents('100100') }, { documentCid: 'bafkreitwo' }])('asks again after %o', change => {
  expect(isDifferent(offer(), offer(change))).toBe(true)
})

it('does not ask again where nothing has changed', () => {
  expect(isDifferent(offer(), offer())).toBe(false)
})
