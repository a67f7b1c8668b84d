import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useParams } from '@tanstack/react-router'
import { type FormEvent, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { answerOf, api, newIdempotencyKey } from '@/api/client'
import { Button, LinkButton } from '@/components/Button'
import { Choice } from '@/components/Choice'
import { ErrorSentence } from '@/components/ErrorMessage'
import { Field, TextArea } from '@/components/Field'
import { Page } from '@/components/Page'
import { PageSkeleton } from '@/components/Skeleton'
import { SignedInOnly } from '@/features/account/RequireSignIn'
import { CATEGORIES, isCategory, type Product, productQuery } from '@/features/shop/queries'
import { PicturesField } from './PicturesField'
import { type Currency, EMPTY, formOf, type ProductForm, requestOf, type Wrong, wrongIn } from './productForm'

const TITLE_MOST = 120
const DESCRIPTION_MOST = 10_000

export function NewProductPage() {
  return <SignedInOnly>{() => <EditProduct />}</SignedInOnly>
}

export function ChangeProductPage() {
  const { productId } = useParams({ from: '/sell/$productId' })
  return <SignedInOnly>{() => <LoadedProduct id={Number(productId)} />}</SignedInOnly>
}

function LoadedProduct({ id }: { id: number }) {
  const { data: product, error, isPending, refetch } = useQuery(productQuery(id))
  if (isPending) return <PageSkeleton />
  if (product === undefined) return <ErrorSentence error={error} onRetry={() => void refetch()} />
  return <EditProduct product={product} />
}

function EditProduct({ product }: { product?: Product }) {
  const { t } = useTranslation()
  const [form, setForm] = useState<ProductForm>(() => (product === undefined ? EMPTY : formOf(product)))
  const [wrong, setWrong] = useState<Wrong>({})
  const saving = useSaving(product)
  const change = (part: Partial<ProductForm>) => setForm(before => ({ ...before, ...part }))
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const found = wrongIn(form)
    setWrong(found)
    if (Object.keys(found).length === 0) saving.mutate(form)
  }
  const said = (part: keyof Wrong) =>
    wrong[part] === undefined ? undefined : t(`sell.wrong.${wrong[part]}` as 'sell.wrong.title')
  return (
    <Page title={product === undefined ? t('sell.new') : t('sell.change')}>
      <form onSubmit={submit} noValidate className="mx-auto grid max-w-2xl gap-6">
        <Field
          label={t('sell.title')}
          value={form.title}
          error={said('title')}
          onChange={event => change({ title: event.target.value })}
          maxLength={TITLE_MOST}
        />
        <PicturesField pictures={form.pictures} onChange={pictures => change({ pictures })} />
        <div className="grid gap-3 sm:grid-cols-[auto_1fr] sm:items-end">
          <Choice<Currency>
            look="segments"
            label={t('sell.currency')}
            value={form.currency}
            onChange={currency => change({ currency })}
            options={[
              { value: 'kes', label: t('sell.kes') },
              { value: 'dot', label: t('sell.dot') },
            ]}
          />
          <Field
            label={t('sell.price')}
            value={form.price}
            error={said('price')}
            onChange={event => change({ price: event.target.value })}
            inputMode="decimal"
            autoComplete="off"
          />
        </div>
        <div className="grid gap-6 sm:grid-cols-2">
          <Field
            label={t('sell.stock')}
            value={form.stock}
            error={said('stock')}
            onChange={event => change({ stock: event.target.value })}
            inputMode="numeric"
            autoComplete="off"
          />
          <CategoryField form={form} change={change} />
        </div>
        <TextArea
          label={t('sell.description')}
          value={form.description}
          onChange={description => change({ description })}
          maxLength={DESCRIPTION_MOST}
          rows={6}
        />
        {saving.error && <ErrorSentence error={saving.error} />}
        <div className="grid gap-3 sm:flex">
          <Button type="submit" busy={saving.isPending} className="sm:flex-1">
            {product === undefined ? t('sell.list') : t('sell.save')}
          </Button>
          <LinkButton look="quiet" to="/sell">
            {t('actions.back')}
          </LinkButton>
        </div>
      </form>
    </Page>
  )
}

interface CategoryFieldProps {
  form: ProductForm
  change(part: Partial<ProductForm>): void
}

function CategoryField({ form, change }: CategoryFieldProps) {
  const { t } = useTranslation()
  return (
    <label className="block">
      <span className="mb-1.5 block font-semibold text-sm">{t('product.category')}</span>
      <select
        value={form.category}
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

/** Lists it, once, or changes it, and goes back to what is sold. */
function useSaving(product: Product | undefined) {
  const queries = useQueryClient()
  const navigate = useNavigate()
  const attempt = useRef({ body: '', key: '' })
  return useMutation({
    mutationFn: (form: ProductForm) => {
      const body = requestOf(form)
      if (product !== undefined)
        return answerOf(
          api.PUT('/api/v1/products/{product_id}', {
            params: { path: { product_id: product.id } },
            body: body as typeof body & { priceKesCents: string; pricePlanck: string },
          }),
        )
      const text = JSON.stringify(body)
      if (attempt.current.body !== text) attempt.current = { body: text, key: newIdempotencyKey() }
      const header = { 'Idempotency-Key': attempt.current.key }
      return answerOf(api.POST('/api/v1/products', { params: { header }, body }))
    },
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['products'] })
      await navigate({ to: '/sell' })
    },
  })
}
