import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { MoneyText } from '@/components/MoneyText'
import { UserText } from '@/components/UserText'
import { moneyOf } from '@/money/money'
import { pictureUrl } from './pictureUrl'
import { offerDocumentQuery } from './queries'
import { SpecificationRows } from './SpecificationRows'

/** What was bought, as the shop's page showed it at that moment: the document that the contract has the digest of. */
export function OrderedProduct({ cid }: { cid: string }) {
  const { t } = useTranslation()
  const { data: offer } = useQuery(offerDocumentQuery(cid))
  if (offer === undefined) return null
  return (
    <details className="rounded-2xl border border-line p-4" data-ordered-product={cid}>
      <summary className="min-h-6 font-semibold">{t('orderedProduct.title')}</summary>
      <div className="mt-3 grid gap-3 text-sm">
        <p className="text-quiet">{t('orderedProduct.text')}</p>
        <p className="flex flex-wrap items-baseline justify-between gap-x-4">
          <span className="font-semibold">
            <UserText text={offer.title} />
          </span>
          <MoneyText money={moneyOf({ planck: offer.pricePlanck, kesCents: offer.priceKesCents })} />
        </p>
        {offer.description !== '' && (
          <p className="whitespace-pre-line">
            <UserText text={offer.description} />
          </p>
        )}
        <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-2">
          <SpecificationRows specifications={offer.specifications} />
        </dl>
        {offer.pictures.length > 0 && (
          <ul className="flex flex-wrap gap-2">
            {offer.pictures.map(picture => (
              <li key={picture}>
                <img
                  src={pictureUrl(picture)}
                  alt=""
                  loading="lazy"
                  className="size-20 rounded-xl border border-line object-cover"
                />
              </li>
            ))}
          </ul>
        )}
      </div>
    </details>
  )
}
