import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Page } from '@/components/Page'
import { PageSkeleton } from '@/components/Skeleton'
import { type Account, useSession } from '@/session/session'
import { SignIn } from './SignIn'

/** A page of somebody's own: who is not signed in signs in right here, and goes on where they wanted to be. */
export function SignedInOnly({ children }: { children: (account: Account) => ReactNode }) {
  const { t } = useTranslation()
  const session = useSession()
  switch (session.state) {
    case 'restoring':
      return <PageSkeleton />
    case 'signedOut':
      return (
        <Page title={t('signIn.title')}>
          <SignIn />
        </Page>
      )
    case 'signedIn':
      return children(session.account)
  }
}
