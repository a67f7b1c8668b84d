import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useParams } from '@tanstack/react-router'
import { type FormEvent, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api, newIdempotencyKey, unwrap } from '@/api/client'
import { configQuery } from '@/app/config'
import { Button, LinkButton } from '@/components/Button'
import { Choice } from '@/components/Choice'
import { ErrorMessage } from '@/components/ErrorMessage'
import { Field, TextArea } from '@/components/Field'
import { Page } from '@/components/Page'
import { PageSkeleton } from '@/components/Skeleton'
import { RequireSignIn } from '@/features/account/RequireSignIn'
import { SellerWithoutAccount } from '@/features/credit/NoAccount'
import { CATEGORIES, isCategory, type Product, productQuery } from '@/features/shop/queries'
import { formatMoney, UNITS, type Unit } from '@/money/money'
import { PicturesField } from './PicturesField'
import {
  EMPTY_FIELDS,
  type FieldErrors,
  invalidFields,
  type ProductFields,
  smallestOrders,
  toFields,
  toRequest,
} from './productForm'

const MAX_TITLE_LENGTH = 120
const MAX_DESCRIPTION_LENGTH = 10_000

export function NewProductPage() {
  return <RequireSignIn>{() => <ProductForm />}</RequireSignIn>
}

export function EditProductPage() {
  const { productId } = useParams({ from: '/sell/$productId' })
  return <RequireSignIn>{() => <LoadedProduct id={Number(productId)} />}</RequireSignIn>
}

function LoadedProduct({ id }: { id: number }) {
  const { data: product, error, isPending, refetch } = useQuery(productQuery(id))
  if (isPending) return <PageSkeleton />
  if (product === undefined) return <ErrorMessage error={error} onRetry={() => void refetch()} />
  return <ProductForm product={product} />
}

function ProductForm({ product }: { product?: Product }) {
  const { t } = useTranslation()
  const [fields, setFields] = useState<ProductFields>(() =>
    product === undefined ? EMPTY_FIELDS : toFields(product),
  )
  const [errors, setErrors] = useState<FieldErrors>({})
  const saving = useSaveProduct(product)
  const { data: config } = useQuery(configQuery)
  const smallest = smallestOrders(config)
  const change = (part: Partial<ProductFields>) => setFields(before => ({ ...before, ...part }))
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const found = invalidFields(fields, smallest)
    setErrors(found)
    if (Object.keys(found).length === 0) saving.mutate(fields)
  }
  const errorOf = (field: keyof FieldErrors) => {
    const key = errors[field]
    if (key !== 'tooCheap') return key && t(`sell.invalid.${key}`)
    return t('sell.invalid.tooCheap', {
      amount: formatMoney({ unit: fields.unit, amount: smallest[fields.unit] ?? 0n }),
    })
  }
  return (
    <Page title={product === undefined ? t('sell.new') : t('sell.edit')}>
      <form onSubmit={submit} noValidate className="mx-auto grid max-w-2xl gap-6">
        <Field
          label={t('sell.title')}
          value={fields.title}
          error={errorOf('title')}
          onChange={event => change({ title: event.target.value })}
          maxLength={MAX_TITLE_LENGTH}
        />
        <PicturesField pictures={fields.pictures} onChange={pictures => change({ pictures })} />
        <div className="grid gap-3 sm:grid-cols-[auto_1fr] sm:items-end">
          <Choice<Unit>
            variant="segments"
            label={t('sell.currency')}
            value={fields.unit}
            onChange={unit => change({ unit })}
            options={UNITS.map(unit => ({ value: unit, label: t(`sell.currencies.${unit}`) }))}
          />
          <Field
            label={t('sell.price')}
            value={fields.price}
            error={errorOf('price')}
            onChange={event => change({ price: event.target.value })}
            inputMode="decimal"
            autoComplete="off"
          />
        </div>
        <div className="grid gap-6 sm:grid-cols-2">
          <Field
            label={t('sell.stock')}
            value={fields.stock}
            error={errorOf('stock')}
            onChange={event => change({ stock: event.target.value })}
            inputMode="numeric"
            autoComplete="off"
          />
          <CategoryField fields={fields} change={change} />
        </div>
        <TextArea
          label={t('sell.description')}
          value={fields.description}
          onChange={description => change({ description })}
          maxLength={MAX_DESCRIPTION_LENGTH}
          rows={6}
        />
        {fields.unit === 'planck' && <SellerWithoutAccount />}
        {saving.error && <ErrorMessage error={saving.error} />}
        <div className="grid gap-3 sm:flex">
          <Button type="submit" busy={saving.isPending} className="sm:flex-1">
            {product === undefined ? t('sell.publish') : t('sell.save')}
          </Button>
          <LinkButton variant="secondary" to="/sell">
            {t('actions.back')}
          </LinkButton>
        </div>
      </form>
    </Page>
  )
}

interface CategoryFieldProps {
  fields: ProductFields
  change(part: Partial<ProductFields>): void
}

function CategoryField({ fields, change }: CategoryFieldProps) {
  const { t } = useTranslation()
  return (
    <label className="block">
      <span className="mb-1.5 block font-semibold text-sm">{t('product.category')}</span>
      <select
        value={fields.category}
        onChange={event => isCategory(event.target.value) && change({ category: event.target.value })}
        className="min-h-12 w-full rounded-2xl border border-edge bg-surface px-4 text-base"
      >
        {CATEGORIES.map(category => (
          <option key={category} value={category}>
            {t(`categories.${category}`)}
          </option>
        ))}
      </select>
    </label>
  )
}

/** Publish a new product once, or update a product, then return to the seller's products. */
function useSaveProduct(product: Product | undefined) {
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const attempt = useRef({ body: '', key: '' })
  return useMutation({
    mutationFn: (fields: ProductFields) => {
      const body = toRequest(fields)
      if (product !== undefined)
        return unwrap(
          api.PUT('/api/v1/products/{product_id}', {
            params: { path: { product_id: product.id } },
            body: body as typeof body & { priceKesCents: string; pricePlanck: string },
          }),
        )
      const text = JSON.stringify(body)
      if (attempt.current.body !== text) attempt.current = { body: text, key: newIdempotencyKey() }
      const header = { 'Idempotency-Key': attempt.current.key }
      return unwrap(api.POST('/api/v1/products', { params: { header }, body }))
    },
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ['products'] })
      await navigate({ to: '/sell' })
    },
  })
}
