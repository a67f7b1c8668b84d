import { Link, type LinkProps, Outlet } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useOrderRefresh } from '@/live/useOrderUpdates'
import { useSession } from '@/session/session'
import { ConnectionBanner } from './ConnectionBanner'
import { BagIcon, Logo, PersonIcon, ReceiptIcon, TagIcon } from './icons'
import { NotificationToast } from './NotificationToast'

/** Header, navigation, footer and notifications around every page. */
export function Layout() {
  const { t } = useTranslation()
  useOrderRefresh()
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
            <Logo />
            {t('brand')}
          </Link>
          <nav aria-label={t('layout.main')} className="hidden items-center gap-1 sm:flex">
            <NavLinks variant="top" />
          </nav>
        </div>
        <ConnectionBanner />
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
        <NavLinks variant="bottom" />
      </nav>
      <NotificationToast />
    </div>
  )
}

type NavVariant = 'top' | 'bottom'

function NavLinks({ variant }: { variant: NavVariant }) {
  const { t } = useTranslation()
  const hasSession = useSession().state !== 'signedOut' // while it is being restored, too
  return (
    <>
      <NavLink variant={variant} to="/" exact icon={<BagIcon />} label={t('layout.shop')} />
      {hasSession && <NavLink variant={variant} to="/sell" icon={<TagIcon />} label={t('layout.sell')} />}
      {hasSession && (
        <NavLink variant={variant} to="/orders" icon={<ReceiptIcon />} label={t('layout.orders')} />
      )}
      <NavLink
        variant={variant}
        to="/account"
        icon={<PersonIcon />}
        label={hasSession ? t('layout.account') : t('layout.signIn')}
      />
    </>
  )
}

interface NavLinkProps {
  variant: NavVariant
  to: NonNullable<LinkProps['to']>
  exact?: boolean
  icon: ReactNode
  label: string
}

const NAV_LINK: Record<NavVariant, string> = {
  top: 'flex min-h-11 items-center gap-2 rounded-xl px-3.5 font-medium text-quiet hover:text-ink aria-[current=page]:bg-tint aria-[current=page]:text-ink',
  bottom:
    'flex min-h-16 flex-col items-center justify-center gap-1 font-medium text-quiet text-xs aria-[current=page]:text-brand',
}

function NavLink({ variant, to, exact = false, icon, label }: NavLinkProps) {
  return (
    <Link to={to} activeOptions={{ exact, includeSearch: false }} className={NAV_LINK[variant]}>
      {icon}
      {label}
    </Link>
  )
}

/** Hidden while the page above it loads: it would jump. */
function Footer() {
  const { t } = useTranslation()
  return (
    <footer className="hidden border-line border-t py-8 text-center text-quiet text-sm sm:block [body:has(.skeleton)_&]:invisible">
      {t('layout.footer')}{' '}
      <Link to="/proof" className="underline underline-offset-2">
        {t('proof.title')}
      </Link>
    </footer>
  )
}
