/** The sections of the admin page, each with an address of its own. */
export const SECTIONS = ['overview', 'mpesa', 'statistics', 'roles', 'audit'] as const
export type Section = (typeof SECTIONS)[number]

export function isSection(value: unknown): value is Section {
  return SECTIONS.some(section => section === value)
}
