import type { ReactNode } from 'react'

/** A titled panel of the admin page. */
export function Panel({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <section className="card grid content-start gap-4 p-5" aria-label={title}>
      <div className="flex flex-wrap items-center justify-between gap-3">
        <h2 className="text-lg">{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  )
}

interface TableProps {
  caption: string
  head: readonly string[]
  /** A key for each row, and its cells. */
  rows: readonly (readonly [string | number, ...ReactNode[]])[]
  empty: string
}

/** A table that scrolls sideways on a phone, by keyboard too. */
export function Table({ caption, head, rows, empty }: TableProps) {
  if (rows.length === 0) return <p className="text-quiet">{empty}</p>
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a table wider than the screen must scroll by keyboard
    <section className="overflow-x-auto" tabIndex={0} aria-label={caption}>
      <table className="w-full text-left text-sm">
        <thead>
          <tr className="border-line border-b text-quiet">
            {head.map(name => (
              <th key={name} scope="col" className="whitespace-nowrap py-2 pr-4 font-medium">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([key, ...cells]) => (
            <tr key={key} className="border-line border-b last:border-0">
              {cells.map((cell, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: cells never change places
                <td key={index} className="max-w-80 py-2.5 pr-4 align-top [overflow-wrap:break-word]">
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
