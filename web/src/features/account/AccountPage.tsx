import { useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { chooseTheme, THEMES, useTheme } from '@/app/theme'
import { Button, LinkButton } from '@/components/Button'
import { Choice } from '@/components/Choice'
import { Notice } from '@/components/Notice'
import { Page } from '@/components/Page'
import { PageSkeleton } from '@/components/Skeleton'
import { Credit } from '@/features/credit/Credit'
import { changeLanguage } from '@/i18n/i18n'
import { LANGUAGES, type Language } from '@/i18n/language'
import { type Account, signOut, useSession } from '@/session/session'
import { SignIn } from './SignIn'

export function AccountPage() {
  const { t } = useTranslation()
  const session = useSession()
  if (session.state === 'restoring') return <PageSkeleton />
  const isSignedIn = session.state === 'signedIn'
  return (
    <Page title={isSignedIn ? t('account.title') : t('signIn.title')}>
      {isSignedIn ? (
        <>
          <AccountDetails address={session.account.address} evmAddress={session.account.evmAddress} />
          <div className="mx-auto mt-6 max-w-xl">
            <Credit address={session.account.address} />
          </div>
          <AccountLinks account={session.account} />
        </>
      ) : (
        <>
          {session.isUntold && (
            <div className="mx-auto mb-5 max-w-xl">
              <Notice tone="wait">{t('account.signOutUntold')}</Notice>
            </div>
          )}
          <SignIn />
        </>
      )}
      <Preferences />
    </Page>
  )
}

function AccountDetails({ address, evmAddress }: { address: string; evmAddress: string }) {
  const { t } = useTranslation()
  const queryClient = useQueryClient()
  const handleSignOut = async () => {
    await signOut()
    queryClient.clear()
  }
  return (
    <section className="card mx-auto grid max-w-xl gap-4 p-5" aria-label={t('account.title')}>
      <dl>
        <dt className="text-quiet text-sm">{t('account.address')}</dt>
        <dd className="font-mono text-sm">{address}</dd>
      </dl>
      <details>
        <summary className="inline-flex min-h-11 items-center text-quiet text-sm underline underline-offset-2">
          {t('account.technicalDetails')}
        </summary>
        <dl>
          <dt className="text-quiet text-sm">{t('account.contractAddress')}</dt>
          <dd className="font-mono text-sm">{evmAddress}</dd>
        </dl>
      </details>
      <Button variant="secondary" className="justify-self-start" onClick={() => void handleSignOut()}>
        {t('account.signOut')}
      </Button>
    </section>
  )
}

/** Links to pages that are not in the menu: those of the account's roles, and the public proof of funds. */
function AccountLinks({ account }: { account: Account }) {
  const { t } = useTranslation()
  return (
    <nav aria-label={t('account.links')} className="mx-auto mt-6 grid max-w-xl gap-3 sm:flex sm:flex-wrap">
      {account.permissions.includes('see_disputes') && (
        <LinkButton variant="secondary" to="/disputes">
          {t('disputes.title')}
        </LinkButton>
      )}
      {account.permissions.includes('see_shop') && (
        <LinkButton variant="secondary" to="/admin">
          {t('admin.title')}
        </LinkButton>
      )}
      <LinkButton variant="secondary" to="/proof">
        {t('proof.title')}
      </LinkButton>
    </nav>
  )
}

function Preferences() {
  const { t, i18n } = useTranslation()
  const theme = useTheme()
  return (
    <section className="mx-auto mt-8 grid max-w-xl gap-5" aria-label={t('account.settings')}>
      <div className="flex flex-wrap items-center justify-between gap-3">
        <h2 className="text-lg">{t('account.language')}</h2>
        <Choice
          variant="segments"
          label={t('account.language')}
          value={i18n.language as Language}
          options={LANGUAGES.map(language => ({ value: language, label: t(`languages.${language}`) }))}
          onChange={language => void changeLanguage(language)}
        />
      </div>
      <div className="flex flex-wrap items-center justify-between gap-3">
        <h2 className="text-lg">{t('account.appearance')}</h2>
        <Choice
          variant="segments"
          label={t('account.appearance')}
          value={theme}
          options={THEMES.map(value => ({ value, label: t(`themes.${value}`) }))}
          onChange={chooseTheme}
        />
      </div>
    </section>
  )
}
