// Runs before the first paint, so that a page chosen dark never flashes light. A file of its own: no script is inline.
;(() => {
  let kept = {}
  try {
    kept = {
      theme: localStorage.getItem('descrow.theme'),
      language: localStorage.getItem('descrow.language'),
    }
  } catch {
    // storage is closed to us: the system's theme and language it is
  }
  if (kept.theme === 'dark' || kept.theme === 'light') document.documentElement.dataset.theme = kept.theme
  if (kept.language === 'sw' || kept.language === 'en') document.documentElement.lang = kept.language
})()
