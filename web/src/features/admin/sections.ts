/** What the operator looks after, each in a room with an address of its own. */
export const ROOMS = ['sync', 'mpesa', 'statistics', 'roles', 'audit'] as const
export type Room = (typeof ROOMS)[number]

export function isRoom(value: unknown): value is Room {
  return ROOMS.some(room => room === value)
}
