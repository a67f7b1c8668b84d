// @vitest-environment happy-dom
/** Plays an order by a payment method that exists only here, on the pages as they are. */
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  RouterProvider,
} from '@tanstack/react-router'
import { act, type ReactNode } from 'react'
import { createRoot, type Root } from 'react-dom/client'
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import type { Schemas } from '@/api/client'
import { configQuery } from '@/app/config'
import { AdminPage } from '@/features/admin/AdminPage'
import { CheckoutPage } from '@/features/checkout/CheckoutPage'
import { toRequest } from '@/features/orders/actions'
import { OrderView } from '@/features/orders/OrderView'
import { type Order, ordersQuery, type TimelineStep, timelineQuery } from '@/features/orders/queries'
import { myProductsQuery } from '@/features/sell/queries'
import { SellPage } from '@/features/sell/SellPage'
import { type Product, productQuery } from '@/features/shop/queries'
import { initTexts } from '@/i18n/i18n'
import { kesCents } from '@/money/money'
import { type Account, beginSession } from '@/session/session'
import type { CheckoutFieldsProps, PaymentMethod, PaymentMode } from './PaymentMethod'
import { registerPaymentMethod } from './registry'

const HOUR_MS = 3_600_000
const VOUCHER: PaymentMode = 'voucher'

const voucher: PaymentMethod = {
  mode: VOUCHER,
  unit: 'kesCents',
  Icon: () => <svg aria-hidden="true" />,
  label: () => 'Voucher',
  amountOf: order => kesCents(order.amountKesCents ?? '0'),
  feeOf: () => kesCents('700'),

  isEnabled: () => true,
  isAccepted: () => true,
  checkoutNote: () => 'You type the code of your voucher.',
  totalNote: () => 'Vouchers cost nothing extra.',
  CheckoutFields: ({ onChange }: CheckoutFieldsProps) => (
    <input aria-label="Voucher code" onChange={event => onChange({ phoneNumber: event.target.value })} />
  ),
  fieldErrorCodes: ['voucher_not_valid'],

  custodian: () => 'The voucher office',
  eventSentence: (_, event) => (event === 'OffchainPaymentRecorded' ? 'Voucher redeemed' : undefined),
  isRelayed: action => action === 'ship',
  PayPanel: ({ order }) => <button type="button">Redeem a voucher for order {order.id}</button>,
  PayoutPanel: ({ order }) => <p>Vouchers issued for order {order.id}</p>,

  SellerSettings: () => <p>Where we send your vouchers</p>,
  AdminPanel: () => <p>All vouchers</p>,
}

const account: Account = {
  id: 1,
  address: '5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY',
  evmAddress: '0x9621dde636de098b43efb0fa9b61facfe328f99d',
  roles: [],
  permissions: [],
} as unknown as Account

const config = {
  chain: null,
  ipfsPath: '/ipfs/',
  mpesaOffered: true,
  smallestOrderKesCents: null,
  smallestOrderPlanck: '1',
  terms: null,
  version: '0',
}

const product = {
  id: 5,
  title: 'Kiondo basket',
  sellerAddress: '5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty',
  stock: 3,
  isWithdrawn: false,
  takesMpesa: false,
  images: [],
  priceKesCents: '150000',
  pricePlanck: null,
} as unknown as Product

const anOrder = (given: Partial<Order> = {}): Order =>
  ({
    id: 12,
    productId: 5,
    productTitle: 'Kiondo basket',
    paymentMode: VOUCHER,
    amountKesCents: '150000',
    amountPlanck: null,
    feeKesCents: '1500',
    feePlanck: null,
    contractOrderId: 3,
    buyerAddress: account.address,
    sellerAddress: product.sellerAddress,
    role: 'buyer',
    status: 'created',
    actions: ['cancel'],
    confirmations: [],
    offer: null,
    deadlineAt: null,
    disputedAt: null,
    tracking: null,
    trackingCid: null,
    productCid: null,
    createdAt: '2026-11-25T00:00:00Z',
    deliveryAddress: 'Moi Avenue 12, Nairobi',
    ...given,
  }) as Order

const aStep = (given: Partial<TimelineStep>): TimelineStep =>
  ({
    cause: 'OrderCreated',
    blockHash: '0x01',
    blockNumber: 7,
    happenedAt: '2026-11-25T00:00:00Z',
    actor: null,
    extrinsicHash: null,
    evidence: null,
    evidenceCid: null,
    offer: null,
    division: null,
    ...given,
  }) as TimelineStep

let queryClient: QueryClient
let root: Root | undefined

beforeAll(async () => {
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true)
  vi.stubGlobal('fetch', () => new Promise(() => undefined)) // whatever is not given here never arrives
  await initTexts()
  beginSession(
    {
      account,
      accessToken: 'token',
      expiresAt: new Date(Date.now() + HOUR_MS).toISOString(),
    } as Schemas['SignedIn'],
    'none',
  )
  registerPaymentMethod(voucher)
})

beforeEach(() => {
  queryClient = new QueryClient({ defaultOptions: { queries: { staleTime: Number.POSITIVE_INFINITY } } })
  queryClient.setQueryData(configQuery.queryKey, config)
  queryClient.setQueryData(productQuery(product.id).queryKey, product)
  queryClient.setQueryData(timelineQuery(12).queryKey, [])
})

afterEach(() => act(() => root?.unmount()))

it('a buyer chooses it at checkout, and sees its own field', async () => {
  const text = await show(CheckoutPage, '/products/5/buy')
  await act(() => document.querySelector<HTMLElement>('[role=radio][value=voucher]')?.click())

  expect(text).toContain('You type the code of your voucher.')
  expect(document.body.textContent).toContain('Vouchers cost nothing extra.')
  expect(document.querySelector('[aria-label="Voucher code"]')).not.toBeNull()
})

it('an unpaid order shows its amount, its fee, its holder and its way to pay', async () => {
  const text = await show(() => <OrderView order={anOrder()} account={account} updatedAt={0} />)

  expect(text).toContain('KES 1,500')
  expect(text).toContain('KES 7')
  expect(text).toContain('The voucher office')
  expect(text).toContain('Redeem a voucher for order 12')
  expect(text).toContain('Vouchers issued for order 12')
})

it('the timeline words its payment and splits the money in its unit', async () => {
  queryClient.setQueryData(timelineQuery(12).queryKey, [
    aStep({ cause: 'OffchainPaymentRecorded' }),
    aStep({
      cause: 'OrderResolved',
      blockHash: '0x02',
      division: { buyer: '90000', seller: '59300', fee: '700' },
    }),
  ])

  const text = await show(() => (
    <OrderView order={anOrder({ status: 'resolved', actions: [] })} account={account} updatedAt={0} />
  ))

  expect(text).toContain('Voucher redeemed')
  expect(text).toContain('KES 900')
  expect(text).toContain('KES 593')
})

it('its actions are relayed as it says', () => {
  expect(toRequest({ name: 'ship', cid: undefined }, anOrder()).relay).toBe(true)
  expect(toRequest({ name: 'refund' }, anOrder()).relay).toBe(false)
})

it('a seller sees its settings, and an operator its section', async () => {
  const noPages = { pages: [{ items: [], next: null }], pageParams: [undefined] }
  queryClient.setQueryData(myProductsQuery.queryKey, noPages)
  queryClient.setQueryData(ordersQuery.queryKey, noPages)

  expect(await show(SellPage)).toContain('Where we send your vouchers')
  await act(() => root?.unmount())
  expect(await show(AdminPage, '/admin?section=voucher')).toContain('All vouchers')
})

/** Render a page at an address of the app, and return its text. */
async function show(Page: () => ReactNode, address = '/orders/12'): Promise<string | null> {
  const top = createRootRoute()
  const paths = ['/orders/$orderId', '/products/$productId', '/products/$productId/buy', '/admin'] as const
  const router = createRouter({
    routeTree: top.addChildren(
      paths.map(path => createRoute({ getParentRoute: () => top, path, component: Page })),
    ),
    history: createMemoryHistory({ initialEntries: [address] }),
  })
  await router.load()
  const host = document.createElement('div')
  document.body.replaceChildren(host)
  root = createRoot(host)
  await act(async () =>
    root?.render(
      <QueryClientProvider client={queryClient}>
        {/* biome-ignore lint/suspicious/noExplicitAny: the app's own router has all of its routes */}
        <RouterProvider router={router as any} />
      </QueryClientProvider>,
    ),
  )
  return host.textContent
}
