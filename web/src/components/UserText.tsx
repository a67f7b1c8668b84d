/** Text that a user typed, isolated so that its writing direction does not affect the page. */
export function UserText({ text, className }: { text: string; className?: string }) {
  return (
    <bdi className={className} dir="auto">
      {text}
    </bdi>
  )
}

/** A shortened account address, with the whole one as its title. */
export function Address({ address }: { address: string }) {
  return (
    <span title={address} className="figures whitespace-nowrap font-mono text-[0.9em]">
      {address.slice(0, 6)}…{address.slice(-6)}
    </span>
  )
}
