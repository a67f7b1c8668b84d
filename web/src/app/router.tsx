import type { QueryClient } from '@tanstack/react-query'
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
} from '@tanstack/react-router'
import { PageSkeleton } from '@/components/Skeleton'
import { isRoom, type Room } from '@/features/admin/sections'
import { ProofPage } from '@/features/proof/ProofPage'
import { HomePage } from '@/features/shop/HomePage'
import { ProductPage } from '@/features/shop/ProductPage'
import {
  categoriesQuery,
  isCategory,
  isSort,
  productQuery,
  productsQuery,
  rateQuery,
  type Search,
} from '@/features/shop/queries'
import { configQuery } from './config'
import { PageFault } from './ErrorPage'
import { Layout } from './Layout'
import { NotFoundPage } from './NotFoundPage'

interface Context {
  queries: QueryClient
}

const root = createRootRouteWithContext<Context>()({ component: Layout, notFoundComponent: NotFoundPage })

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  component: HomePage,
  validateSearch: (search): Search => ({
    ...(typeof search.q === 'string' && search.q !== '' && { q: search.q }),
    ...(isCategory(search.category) && { category: search.category }),
    ...(isSort(search.sort) && { sort: search.sort }),
  }),
  loaderDeps: ({ search }) => search,
  // What a page shows is asked for while its script is on the way, and by a finger on its link.
  loader: ({ context: { queries }, deps }) => {
    void queries.prefetchInfiniteQuery(productsQuery(deps))
    void queries.prefetchQuery(categoriesQuery)
    void queries.prefetchQuery(rateQuery)
  },
})

const product = createRoute({
  getParentRoute: () => root,
  path: '/products/$productId',
  component: ProductPage,
  loader: ({ context: { queries }, params }) => {
    void queries.prefetchQuery(productQuery(Number(params.productId)))
    void queries.prefetchQuery(rateQuery)
    void queries.prefetchQuery(configQuery)
  },
})

const checkout = createRoute({
  getParentRoute: () => root,
  path: '/products/$productId/buy',
  component: lazyRouteComponent(() => import('@/features/checkout/CheckoutPage'), 'CheckoutPage'),
})

const orders = createRoute({
  getParentRoute: () => root,
  path: '/orders',
  component: lazyRouteComponent(() => import('@/features/orders/OrdersPage'), 'OrdersPage'),
})

const order = createRoute({
  getParentRoute: () => root,
  path: '/orders/$orderId',
  component: lazyRouteComponent(() => import('@/features/orders/OrderPage'), 'OrderPage'),
})

const proof = createRoute({
  getParentRoute: () => root,
  path: '/proof',
  component: ProofPage,
  loader: ({ context: { queries } }) => void queries.prefetchQuery(configQuery),
})

const desk = createRoute({
  getParentRoute: () => root,
  path: '/desk',
  component: lazyRouteComponent(() => import('@/features/disputes/DisputesPage'), 'DeskPage'),
})

const sell = createRoute({
  getParentRoute: () => root,
  path: '/sell',
  component: lazyRouteComponent(() => import('@/features/sell/SellPage'), 'SellPage'),
})

const newProduct = createRoute({
  getParentRoute: () => root,
  path: '/sell/new',
  component: lazyRouteComponent(() => import('@/features/sell/ProductFormPage'), 'NewProductPage'),
})

const changeProduct = createRoute({
  getParentRoute: () => root,
  path: '/sell/$productId',
  component: lazyRouteComponent(() => import('@/features/sell/ProductFormPage'), 'ChangeProductPage'),
})

const admin = createRoute({
  getParentRoute: () => root,
  path: '/admin',
  component: lazyRouteComponent(() => import('@/features/admin/AdminPage'), 'AdminPage'),
  validateSearch: (search): { room?: Room } => (isRoom(search.room) ? { room: search.room } : {}),
})

const account = createRoute({
  getParentRoute: () => root,
  path: '/me',
  component: lazyRouteComponent(() => import('@/features/account/AccountPage'), 'AccountPage'),
})

const routes = root.addChildren([
  home,
  product,
  checkout,
  orders,
  order,
  sell,
  newProduct,
  changeProduct,
  proof,
  desk,
  admin,
  account,
])

export function createAppRouter(queries: QueryClient) {
  return createRouter({
    routeTree: routes,
    context: { queries },
    defaultPreloadStaleTime: 0, // how fresh an answer is, the queries know
    scrollRestoration: true,
    defaultPreload: 'intent',
    defaultPendingComponent: PageSkeleton,
    defaultErrorComponent: PageFault,
  })
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>
  }
}
