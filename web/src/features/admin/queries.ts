import { queryOptions } from '@tanstack/react-query'
import { answerOf, api, type Schemas } from '@/api/client'

export type Overview = Schemas['Overview']

const LOOK_AGAIN_MS = 5_000
const LOOK_LATER_MS = 30_000
const NEWEST = 20
const DAYS = 30

export const overviewQuery = queryOptions({
  queryKey: ['admin', 'overview'],
  queryFn: () => answerOf(api.GET('/api/v1/admin/overview')),
  refetchInterval: LOOK_AGAIN_MS,
})

export const ledgerQuery = queryOptions({
  queryKey: ['admin', 'ledger'],
  queryFn: () => answerOf(api.GET('/api/v1/admin/ledger')),
  refetchInterval: LOOK_LATER_MS,
})

export const mpesaPaymentsQuery = queryOptions({
  queryKey: ['admin', 'payments'],
  queryFn: () => answerOf(api.GET('/api/v1/admin/payments', { params: { query: { limit: NEWEST } } })),
  refetchInterval: LOOK_LATER_MS,
})

export const mpesaPayoutsQuery = queryOptions({
  queryKey: ['admin', 'payouts'],
  queryFn: () => answerOf(api.GET('/api/v1/admin/payouts', { params: { query: { limit: NEWEST } } })),
  refetchInterval: LOOK_LATER_MS,
})

export const rolesQuery = queryOptions({
  queryKey: ['admin', 'roles'],
  queryFn: () => answerOf(api.GET('/api/v1/admin/roles')),
})

export const statisticsQuery = queryOptions({
  queryKey: ['admin', 'statistics'],
  queryFn: () => answerOf(api.GET('/api/v1/admin/statistics', { params: { query: { days: DAYS } } })),
  refetchInterval: LOOK_LATER_MS,
})

export const auditQuery = queryOptions({
  queryKey: ['admin', 'audit'],
  queryFn: () => answerOf(api.GET('/api/v1/admin/audit', { params: { query: { limit: NEWEST } } })),
  refetchInterval: LOOK_LATER_MS,
})
