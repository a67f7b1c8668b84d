import { UserText } from '@/components/UserText'

/** What a seller states of a product, as the rows of a list. */
export function SpecificationRows({ specifications }: { specifications: Record<string, string> }) {
  return Object.entries(specifications).map(([name, value]) => (
    <div key={name} className="contents">
      <dt className="text-quiet">
        <UserText text={name} />
      </dt>
      <dd>
        <UserText text={value} />
      </dd>
    </div>
  ))
}
