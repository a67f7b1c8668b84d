import { useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { chooseTheme, THEMES, useTheme } from '@/app/theme'
import { Button, LinkButton } from '@/components/Button'
import { Choice } from '@/components/Choice'
import { Page } from '@/components/Page'
import { PageSkeleton } from '@/components/Skeleton'
import { changeLanguage } from '@/i18n/i18n'
import { LANGUAGES, type Language } from '@/i18n/texts'
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
          <Myself address={session.account.address} evmAddress={session.account.evmAddress} />
          <Places account={session.account} />
        </>
      ) : (
        <SignIn />
      )}
      <Preferences />
    </Page>
  )
}

function Myself({ address, evmAddress }: { address: string; evmAddress: string }) {
  const { t } = useTranslation()
  const queries = useQueryClient()
  const leave = async () => {
    await signOut()
    queries.clear()
  }
  return (
    <section className="card mx-auto grid max-w-xl gap-4 p-5" aria-label={t('account.title')}>
      <dl className="grid gap-3">
        <div>
          <dt className="text-quiet text-sm">{t('account.address')}</dt>
          <dd className="font-mono text-sm">{address}</dd>
        </div>
        <div>
          <dt className="text-quiet text-sm">{t('account.evmAddress')}</dt>
          <dd className="font-mono text-sm">{evmAddress}</dd>
        </div>
      </dl>
      <Button look="quiet" className="justify-self-start" onClick={() => void leave()}>
        {t('account.signOut')}
      </Button>
    </section>
  )
}

/** Where the account may go that is not in the menu: what its roles are for, and what is for everybody. */
function Places({ account }: { account: Account }) {
  const { t } = useTranslation()
  return (
    <nav aria-label={t('account.places')} className="mx-auto mt-6 grid max-w-xl gap-3 sm:flex sm:flex-wrap">
      {account.permissions.includes('see_disputes') && (
        <LinkButton look="quiet" to="/desk">
          {t('desk.title')}
        </LinkButton>
      )}
      {account.permissions.includes('see_shop') && (
        <LinkButton look="quiet" to="/admin">
          {t('admin.title')}
        </LinkButton>
      )}
      <LinkButton look="quiet" to="/proof">
        {t('proof.title')}
      </LinkButton>
    </nav>
  )
}

function Preferences() {
  const { t, i18n } = useTranslation()
  const theme = useTheme()
  return (
    <section className="mx-auto mt-8 grid max-w-xl gap-5" aria-label={t('account.preferences')}>
      <div className="flex flex-wrap items-center justify-between gap-3">
        <h2 className="text-lg">{t('account.language')}</h2>
        <Choice
          look="segments"
          label={t('account.language')}
          value={i18n.language as Language}
          options={LANGUAGES.map(language => ({ value: language, label: t(`languages.${language}`) }))}
          onChange={language => void changeLanguage(language)}
        />
      </div>
      <div className="flex flex-wrap items-center justify-between gap-3">
        <h2 className="text-lg">{t('account.theme')}</h2>
        <Choice
          look="segments"
          label={t('account.theme')}
          value={theme}
          options={THEMES.map(one => ({ value: one, label: t(`themes.${one}`) }))}
          onChange={chooseTheme}
        />
      </div>
    </section>
  )
}
