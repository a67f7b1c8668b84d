import { Link } from '@tanstack/react-router'

/** A link to the order that a row is about, if it is about one. */
export function OrderLink({ orderId }: { orderId: number | null }) {
  return orderId === null ? (
    '–'
  ) : (
    <Link to="/orders/$orderId" params={{ orderId: String(orderId) }} className="underline">
      {orderId}
    </Link>
  )
}
