/** Where the page begins: a small script that asks and draws ahead while the app's own, a hundred times its size, comes. */
import { loadTexts, preferredLanguage } from '@/i18n/texts'
import { drawFirst } from './draw'
import { firstPageAt } from './pages'
import { askAhead } from './prefetch'
import '../styles.css'

const language = preferredLanguage()
document.documentElement.lang = language
const page = firstPageAt(location)
if (page !== undefined) {
  askAhead(page.asks, language)
  void drawFirst(page, language)
}
void loadTexts(language)
void import('@/main')
