import { type ReactNode, useEffect } from 'react'

/** A page with its title as heading and as the title of the browser tab. */
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
