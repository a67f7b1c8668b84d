/** Settings that the browser stores between visits, never secrets. Without access to storage nothing is stored. */
type SettingName = 'theme' | 'language' | 'signedIn' | 'signOut' | 'wallet' | `payment.${number}`

export function loadSetting(name: SettingName): string | undefined {
  try {
    return localStorage.getItem(`descrow.${name}`) ?? undefined
  } catch {
    return undefined
  }
}

export function saveSetting(name: SettingName, value: string | undefined): void {
  try {
    if (value === undefined) localStorage.removeItem(`descrow.${name}`)
    else localStorage.setItem(`descrow.${name}`, value)
  } catch {
    // no access to storage: the setting holds for this visit
  }
}
