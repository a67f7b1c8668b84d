import { useMutation } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button, Spinner } from '@/components/Button'
import { ErrorMessage } from '@/components/ErrorMessage'
import { Address, UserText } from '@/components/UserText'
import { signInWith } from '@/session/signIn'
import { useInstalledWallets } from '@/wallet/installed'
import { deepLinks, type Wallet, type WalletAccount } from '@/wallet/wallets'

/** Wallets come soon after the page: nobody is told that there is none before they could have come. */
const MOST_ARE_THERE_AFTER_MS = 1500

/** Sign-in with a wallet: choose the wallet, choose an account, sign a message. It costs nothing. */
export function SignIn() {
  const { t } = useTranslation()
  const wallets = useInstalledWallets()
  const waited = useWaited(MOST_ARE_THERE_AFTER_MS)
  return (
    <section className="mx-auto grid max-w-xl gap-4" aria-label={t('signIn.title')}>
      <p className="text-quiet">{t('signIn.text')}</p>
      {wallets.map(wallet => (
        <WalletCard key={wallet.id} wallet={wallet} />
      ))}
      {waited && wallets.every(wallet => wallet.isDemo) && <GetWallet />}
    </section>
  )
}

function useWaited(ms: number): boolean {
  const [waited, setWaited] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setWaited(true), ms)
    return () => clearTimeout(timer)
  }, [ms])
  return waited
}

function WalletCard({ wallet }: { wallet: Wallet }) {
  const { t } = useTranslation()
  const connecting = useMutation({ mutationFn: () => wallet.connect() })
  const name = wallet.isDemo ? t('signIn.demo') : wallet.name
  return (
    <div className="card grid gap-3 p-5">
      <div className="flex items-center justify-between gap-3">
        <h2 className="text-lg">{name}</h2>
        {connecting.data === undefined && (
          <Button
            variant="secondary"
            aria-label={t('signIn.connectTo', { wallet: name })}
            busy={connecting.isPending}
            onClick={() => connecting.mutate()}
          >
            {t('signIn.connect')}
          </Button>
        )}
      </div>
      {wallet.isDemo && (
        <p className="rounded-xl bg-ochre-tint px-3 py-2 text-sm">{t('signIn.demoWarning')}</p>
      )}
      {connecting.error && <ErrorMessage error={connecting.error} />}
      {connecting.data?.length === 0 && <p className="text-quiet">{t('signIn.noAccounts')}</p>}
      {connecting.data && <Accounts accounts={connecting.data} />}
    </div>
  )
}

function Accounts({ accounts }: { accounts: WalletAccount[] }) {
  const { t } = useTranslation()
  const signingIn = useMutation({ mutationFn: signInWith })
  return (
    <>
      <ul className="grid gap-2">
        {accounts.map(account => (
          <li key={account.address}>
            <button
              type="button"
              disabled={signingIn.isPending}
              onClick={() => signingIn.mutate(account)}
              className="flex min-h-14 w-full items-center justify-between gap-3 rounded-2xl border border-edge px-4 py-2.5 text-left hover:bg-tint disabled:opacity-55"
            >
              <span className="grid">
                <UserText text={account.name ?? t('signIn.unnamed')} className="font-semibold" />
                <span className="text-quiet text-sm">
                  <Address address={account.address} />
                </span>
              </span>
              {signingIn.isPending && signingIn.variables === account && <Spinner />}
            </button>
          </li>
        ))}
      </ul>
      {signingIn.isPending && <p role="status">{t('signIn.signMessage')}</p>}
      {signingIn.error && <ErrorMessage error={signingIn.error} />}
    </>
  )
}

/** Help for users without a wallet in this browser: on a phone, wallets open the page in their own browser. */
function GetWallet() {
  const { t } = useTranslation()
  return (
    <div className="card grid gap-3 p-5">
      <h2 className="text-lg">{t('signIn.noWallet')}</h2>
      <p className="text-quiet">{t('signIn.noWalletText')}</p>
      <ul className="flex flex-wrap gap-3">
        {deepLinks(window.location.href).map(link => (
          <li key={link.name}>
            <a
              href={link.href}
              rel="noreferrer"
              className="inline-flex min-h-12 items-center rounded-2xl border border-edge px-5 font-semibold hover:bg-sunken"
            >
              {t('signIn.openIn', { wallet: link.name })}
            </a>
          </li>
        ))}
      </ul>
    </div>
  )
}
