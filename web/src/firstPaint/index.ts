/** The page's entry: a small script that fetches and draws ahead while the app, a hundred times its size, loads. */
import { preferredLanguage } from '@/i18n/language'
import { loadTexts } from '@/i18n/texts'
import { drawFirstPaint } from './draw'
import { firstPaintPageAt } from './pages'
import { prefetch } from './prefetch'
import '../styles.css'

const language = preferredLanguage()
document.documentElement.lang = language
const page = firstPaintPageAt(location)
if (page !== undefined) {
  prefetch(page.requests, language)
  void drawFirstPaint(page, language)
}
void loadTexts(language)
void import('@/main')
