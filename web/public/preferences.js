// Runs before the first paint, so that a dark page never flashes light. A file of its own: inline scripts are forbidden.
;(() => {
  let settings = {}
  try {
    settings = {
      theme: localStorage.getItem('descrow.theme'),
      language: localStorage.getItem('descrow.language'),
    }
  } catch {
    // no access to storage: use the theme and language of the device
  }
  const { theme, language } = settings
  if (theme === 'dark' || theme === 'light') document.documentElement.dataset.theme = theme
  if (language === 'sw' || language === 'en') document.documentElement.lang = language
})()
