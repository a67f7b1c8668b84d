import { Link, type LinkProps, Outlet } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useFreshOrders } from '@/live/useOrderUpdates'
import { useSession } from '@/session/session'
import { Connection } from './ConnectionBanner'
import { BagIcon, Mark, PersonIcon, ReceiptIcon, TagIcon } from './icons'
import { News } from './NotificationToast'

/** Around every page: where one is, where one can go, and what just happened. */
export function Layout() {
  const { t } = useTranslation()
  useFreshOrders()
  return (
    <div className="flex min-h-dvh flex-col">
      <a
        href="#page"
        className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50 focus:rounded-xl focus:bg-surface focus:px-4 focus:py-3"
      >
        {t('layout.skip')}
      </a>
      <header className="sticky top-0 z-20 border-line border-b bg-paper/95 backdrop-blur-sm">
        <div className="mx-auto flex h-16 max-w-6xl items-center justify-between gap-4 px-4 sm:px-6">
          <Link
            to="/"
            className="flex min-h-11 items-center gap-2.5 font-display font-bold text-xl tracking-tight"
          >
            <Mark />
            {t('brand')}
          </Link>
          <nav aria-label={t('layout.main')} className="hidden items-center gap-1 sm:flex">
            <Places look="top" />
          </nav>
        </div>
        <Connection />
      </header>
      <main
        id="page"
        tabIndex={-1}
        className="mx-auto w-full max-w-6xl flex-1 px-4 pt-6 pb-28 outline-none sm:px-6 sm:pt-10"
      >
        <Outlet />
      </main>
      <Footer />
      <nav
        aria-label={t('layout.main')}
        className="fixed inset-x-0 bottom-0 z-20 grid auto-cols-fr grid-flow-col border-line border-t bg-surface pb-[env(safe-area-inset-bottom)] sm:hidden"
      >
        <Places look="bottom" />
      </nav>
      <News />
    </div>
  )
}

type Look = 'top' | 'bottom'

function Places({ look }: { look: Look }) {
  const { t } = useTranslation()
  const isSomebody = useSession().state !== 'signedOut' // and who that is, a moment later
  return (
    <>
      <Place look={look} to="/" exact icon={<BagIcon />} label={t('layout.shop')} />
      {isSomebody && <Place look={look} to="/sell" icon={<TagIcon />} label={t('layout.sell')} />}
      {isSomebody && <Place look={look} to="/orders" icon={<ReceiptIcon />} label={t('layout.orders')} />}
      <Place
        look={look}
        to="/me"
        icon={<PersonIcon />}
        label={isSomebody ? t('layout.me') : t('layout.signIn')}
      />
    </>
  )
}

interface PlaceProps {
  look: Look
  to: NonNullable<LinkProps['to']>
  exact?: boolean
  icon: ReactNode
  label: string
}

const PLACE: Record<Look, string> = {
  top: 'flex min-h-11 items-center gap-2 rounded-xl px-3.5 font-medium text-quiet hover:text-ink aria-[current=page]:bg-tint aria-[current=page]:text-ink',
  bottom:
    'flex min-h-16 flex-col items-center justify-center gap-1 font-medium text-quiet text-xs aria-[current=page]:text-brand',
}

function Place({ look, to, exact = false, icon, label }: PlaceProps) {
  return (
    <Link to={to} activeOptions={{ exact, includeSearch: false }} className={PLACE[look]}>
      {icon}
      {label}
    </Link>
  )
}

/** Not to be seen while something above it is on its way: it would jump. */
function Footer() {
  const { t } = useTranslation()
  return (
    <footer className="hidden border-line border-t py-8 text-center text-quiet text-sm sm:block [body:has(.skeleton)_&]:invisible">
      {t('layout.foot')}{' '}
      <Link to="/proof" className="underline underline-offset-2">
        {t('proof.title')}
      </Link>
    </footer>
  )
}
