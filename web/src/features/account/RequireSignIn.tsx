import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Notice } from '@/components/Notice'
import { Page } from '@/components/Page'
import { PageSkeleton } from '@/components/Skeleton'
import { type Account, useSession } from '@/session/session'
import { SignIn } from './SignIn'

/** A page for signed-in users. Others sign in on the same page and then see it. */
export function RequireSignIn({ children }: { children: (account: Account) => ReactNode }) {
  const { t } = useTranslation()
  const session = useSession()
  switch (session.state) {
    case 'restoring':
      return <PageSkeleton />
    case 'signedOut':
      return (
        <Page title={t('signIn.title')}>
          {session.hasExpired && (
            <div className="mx-auto mb-5 max-w-xl">
              <Notice tone="wait">
                <p data-error-code="session_expired">{t('errors.session_expired')}</p>
              </Notice>
            </div>
          )}
          <SignIn />
        </Page>
      )
    case 'signedIn':
      return children(session.account)
  }
}
