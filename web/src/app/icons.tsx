import type { ReactNode } from 'react'

/** The logo: money held between buyer and seller. */
export function Logo() {
  return (
    <svg viewBox="0 0 64 64" aria-hidden="true" className="size-8">
      <rect width="64" height="64" rx="18" className="fill-brand" />
      <path d="M14 32h36" className="stroke-on-brand" strokeWidth="4" strokeLinecap="round" opacity="0.55" />
      <circle cx="14" cy="32" r="5" className="fill-on-brand" />
      <circle cx="50" cy="32" r="5" className="fill-on-brand" />
      <rect x="22" y="22" width="20" height="20" rx="6" fill="#e6a13c" />
    </svg>
  )
}

export const BagIcon = () => (
  <Icon>
    <path d="M5 8h14l1 12H4L5 8ZM9 8a3 3 0 0 1 6 0" />
  </Icon>
)

export const ReceiptIcon = () => (
  <Icon>
    <path d="M6 3h12v18l-3-2-3 2-3-2-3 2V3ZM9 8h6M9 12h6" />
  </Icon>
)

export const TagIcon = () => (
  <Icon>
    <path d="M4 4h8l8 8-8 8-8-8V4ZM8.5 8.5h.01" />
  </Icon>
)

export const PersonIcon = () => (
  <Icon>
    <path d="M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4 21c0-4 3.5-6 8-6s8 2 8 6" />
  </Icon>
)

export const PhoneIcon = () => (
  <Icon>
    <path d="M8 3h8a1 1 0 0 1 1 1v16a1 1 0 0 1-1 1H8a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1ZM11 18h2" />
  </Icon>
)

export const WalletIcon = () => (
  <Icon>
    <path d="M17 7V4H6a2 2 0 0 0-2 2v12a1 1 0 0 0 1 1h14a1 1 0 0 0 1-1V8a1 1 0 0 0-1-1H5M16 13h.01" />
  </Icon>
)

export const SearchIcon = () => (
  <Icon>
    <path d="M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM16 16l4.5 4.5" />
  </Icon>
)

export const CheckIcon = () => (
  <Icon>
    <path d="m4.5 12.5 5 5 10-11" />
  </Icon>
)

export const CrossIcon = () => (
  <Icon>
    <path d="m6 6 12 12M18 6 6 18" />
  </Icon>
)

function Icon({ children }: { children: ReactNode }) {
  return (
    <svg
      viewBox="0 0 24 24"
      aria-hidden="true"
      className="size-5 shrink-0"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.8"
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      {children}
    </svg>
  )
}
