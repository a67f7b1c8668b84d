import { queryOptions } from '@tanstack/react-query'
import { api, type Schemas, unwrap } from '@/api/client'

export type AdminOverview = Schemas['Overview']

const REFETCH_INTERVAL_MS = 5_000
const SLOW_REFETCH_INTERVAL_MS = 30_000
const PAGE_SIZE = 20
const DAYS = 30

export const overviewQuery = queryOptions({
  queryKey: ['admin', 'overview'],
  queryFn: () => unwrap(api.GET('/api/v1/admin/overview')),
  refetchInterval: REFETCH_INTERVAL_MS,
})

export const ledgerQuery = queryOptions({
  queryKey: ['admin', 'ledger'],
  queryFn: () => unwrap(api.GET('/api/v1/admin/ledger')),
  refetchInterval: SLOW_REFETCH_INTERVAL_MS,
})

export const mpesaPaymentsQuery = queryOptions({
  queryKey: ['admin', 'payments'],
  queryFn: () => unwrap(api.GET('/api/v1/admin/payments', { params: { query: { limit: PAGE_SIZE } } })),
  refetchInterval: SLOW_REFETCH_INTERVAL_MS,
})

export const mpesaPayoutsQuery = queryOptions({
  queryKey: ['admin', 'payouts'],
  queryFn: () => unwrap(api.GET('/api/v1/admin/payouts', { params: { query: { limit: PAGE_SIZE } } })),
  refetchInterval: SLOW_REFETCH_INTERVAL_MS,
})

export const rolesQuery = queryOptions({
  queryKey: ['admin', 'roles'],
  queryFn: () => unwrap(api.GET('/api/v1/admin/roles')),
})

export const statisticsQuery = queryOptions({
  queryKey: ['admin', 'statistics'],
  queryFn: () => unwrap(api.GET('/api/v1/admin/statistics', { params: { query: { days: DAYS } } })),
  refetchInterval: SLOW_REFETCH_INTERVAL_MS,
})

export const auditQuery = queryOptions({
  queryKey: ['admin', 'audit'],
  queryFn: () => unwrap(api.GET('/api/v1/admin/audit', { params: { query: { limit: PAGE_SIZE } } })),
  refetchInterval: SLOW_REFETCH_INTERVAL_MS,
})
