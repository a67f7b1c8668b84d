import type { QueryClient } from '@tanstack/react-query'
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
} from '@tanstack/react-router'
import { PageSkeleton } from '@/components/Skeleton'

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
import { ErrorPage } from './ErrorPage'
import { Layout } from './Layout'
import { NotFoundPage } from './NotFoundPage'

interface RouterContext {
  queryClient: QueryClient
}

const root = createRootRouteWithContext<RouterContext>()({
  component: Layout,
  notFoundComponent: NotFoundPage,
})

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
  // Loaders fetch a page's data while its script loads, and when a link to it is touched.
  loader: ({ context: { queryClient }, deps }) => {
    void queryClient.prefetchInfiniteQuery(productsQuery(deps))
    void queryClient.prefetchQuery(categoriesQuery)
    void queryClient.prefetchQuery(rateQuery)
  },
})

const product = createRoute({
  getParentRoute: () => root,
  path: '/products/$productId',
  component: ProductPage,
  loader: ({ context: { queryClient }, params }) => {
    void queryClient.prefetchQuery(productQuery(Number(params.productId)))
    void queryClient.prefetchQuery(rateQuery)
    void queryClient.prefetchQuery(configQuery)
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
  loader: ({ context: { queryClient } }) => void queryClient.prefetchQuery(configQuery),
})

const disputes = createRoute({
  getParentRoute: () => root,
  path: '/disputes',
  component: lazyRouteComponent(() => import('@/features/disputes/DisputesPage'), 'DisputesPage'),
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
  component: lazyRouteComponent(() => import('@/features/sell/ProductFormPage'), 'EditProductPage'),
})

const admin = createRoute({
  getParentRoute: () => root,
  path: '/admin',
  component: lazyRouteComponent(() => import('@/features/admin/AdminPage'), 'AdminPage'),
  validateSearch: (search): { section?: string } =>
    typeof search.section === 'string' ? { section: search.section } : {},
})

const account = createRoute({
  getParentRoute: () => root,
  path: '/account',
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
  disputes,
  admin,
  account,
])

export function createAppRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree: routes,
    context: { queryClient },
    defaultPreloadStaleTime: 0, // each query states its own stale time
    scrollRestoration: true,
    defaultPreload: 'intent',
    defaultPendingComponent: PageSkeleton,
    defaultErrorComponent: ErrorPage,
  })
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>
  }
}
