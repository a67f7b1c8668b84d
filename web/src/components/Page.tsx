import { type ReactNode, useEffect } from 'react'

/** A page's title, for its heading and for the browser's tab. */
export function Page({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Descrow`
  }, [title])
  return (
    <>
      <header className="mb-6 flex flex-wrap items-end justify-between gap-3">
        <h1 className="text-3xl sm:text-4xl">{title}</h1>
        {aside}
      </header>
      {children}
    </>
  )
}
