/** What this browser keeps between visits: choices, never secrets. Where storage is closed, nothing is kept. */
type Name = 'theme' | 'language' | 'signedIn' | 'wallet' | `payment.${number}`

export function kept(name: Name): string | undefined {
  try {
    return localStorage.getItem(`descrow.${name}`) ?? undefined
  } catch {
    return undefined
  }
}

export function keep(name: Name, value: string | undefined): void {
  try {
    if (value === undefined) localStorage.removeItem(`descrow.${name}`)
    else localStorage.setItem(`descrow.${name}`, value)
  } catch {
    // closed to us: the choice holds for this visit
  }
}
