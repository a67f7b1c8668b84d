import { fileURLToPath } from 'node:url'
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'
import { firstLoad } from './build/firstLoad.ts'
import { firstPaintTexts } from './build/firstPaintTexts.ts'

const FIRST_LOAD_MAX_KB = 200
const TEXTS = {
  en: new URL('./src/i18n/en.json', import.meta.url),
  sw: new URL('./src/i18n/sw.json', import.meta.url),
}
const API = process.env.DESCROW_API ?? 'http://127.0.0.1:8080'

/** `--mode devstack` builds the app with the demo wallet, into a folder that no deployment serves. */
export default defineConfig(({ mode }) => ({
  plugins: [react(), tailwindcss(), firstPaintTexts(TEXTS), firstLoad(FIRST_LOAD_MAX_KB)],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    outDir: `dist/${mode}`,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: {
      '/api': API,
      '/health': API,
      '/ipfs': API,
      '/socket.io': { target: API, ws: true },
    },
  },
  test: {
    include: ['src/**/*.test.{ts,tsx}', 'tests/**/*.test.ts'],
    environment: 'node',
    testTimeout: 60_000,
  },
}))
