import { Link } from '@tanstack/react-router'

/** An order by its number, where a row is about one. */
export function OrderLink({ orderId }: { orderId: number | null }) {
  return orderId === null ? (
    '–'
  ) : (
    <Link to="/orders/$orderId" params={{ orderId: String(orderId) }} className="underline">
      {orderId}
    </Link>
  )
}
