import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import type { TFunction } from 'i18next'
import { type FormEvent, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { SearchIcon } from '@/app/icons'
import { Button } from '@/components/Button'
import { ErrorMessage } from '@/components/ErrorMessage'
import { UserText } from '@/components/UserText'
import { Price } from './Price'
import { ProductPicture } from './ProductPicture'
import { categoriesQuery, type Product, productsQuery, type Search, SORTS, type Sort } from './queries'

const GRID = 'grid grid-cols-2 gap-3 sm:grid-cols-3 sm:gap-5 lg:grid-cols-4'
const PLACEHOLDERS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']

export function HomePage() {
  const { t } = useTranslation()
  const search = useSearch({ from: '/' })
  useEffect(() => {
    document.title = `Descrow · ${t('home.title')}`
  }, [t])
  return (
    <>
      <section className="mb-8 rounded-3xl bg-brand px-5 py-8 text-on-brand sm:px-10 sm:py-12">
        <h1 className="max-w-2xl text-3xl sm:text-5xl">{t('home.title')}</h1>
        <p className="mt-3 max-w-xl text-base opacity-90 sm:text-lg">{t('home.subtitle')}</p>
        <SearchBox search={search} />
      </section>
      <CategoryNav search={search} />
      <Products search={search} />
    </>
  )
}

function SearchBox({ search }: { search: Search }) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const [words, setWords] = useState(search.q ?? '')
  useEffect(() => setWords(search.q ?? ''), [search.q])
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const { q: _, ...rest } = search
    void navigate({ to: '/', search: words.trim() === '' ? rest : { ...rest, q: words.trim() } })
  }
  return (
    <search>
      <form onSubmit={submit} className="mt-6 flex max-w-xl rounded-2xl bg-surface p-1.5 text-ink">
        <input
          type="search"
          value={words}
          onChange={event => setWords(event.target.value)}
          aria-label={t('home.search')}
          placeholder={t('home.searchHint')}
          className="min-h-11 min-w-0 flex-1 rounded-xl bg-transparent px-3 placeholder:text-quiet"
        />
        <button
          type="submit"
          aria-label={t('home.search')}
          className="grid size-11 place-items-center rounded-xl bg-brand text-on-brand hover:bg-brand-strong"
        >
          <SearchIcon />
        </button>
      </form>
    </search>
  )
}

function CategoryNav({ search }: { search: Search }) {
  const { t } = useTranslation()
  const { data: categories } = useQuery(categoriesQuery)
  const visible = categories?.filter(entry => entry.products > 0 || entry.category === search.category) ?? []
  const { category: _, ...allCategories } = search
  return (
    <nav
      aria-label={t('home.categories')}
      className="-mx-4 mb-6 min-h-12 overflow-x-auto px-4 sm:mx-0 sm:px-0"
    >
      <ul className="flex w-max gap-2">
        <li>
          <CategoryLink
            label={t('home.all')}
            search={allCategories}
            isCurrent={search.category === undefined}
          />
        </li>
        {visible.map(({ category }) => (
          <li key={category}>
            <CategoryLink
              label={t(`categories.${category}`)}
              search={{ ...search, category }}
              isCurrent={search.category === category}
            />
          </li>
        ))}
      </ul>
    </nav>
  )
}

function CategoryLink({ label, search, isCurrent }: { label: string; search: Search; isCurrent: boolean }) {
  return (
    <Link
      to="/"
      search={search}
      aria-current={isCurrent}
      className="inline-flex min-h-11 items-center rounded-full border border-edge bg-surface px-4 font-medium text-sm aria-[current=true]:border-brand aria-[current=true]:bg-brand aria-[current=true]:text-on-brand"
    >
      {label}
    </Link>
  )
}

function Products({ search }: { search: Search }) {
  const { t } = useTranslation()
  const { data, error, isPending, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } =
    useInfiniteQuery(productsQuery(search))
  if (isPending) return <ProductsSkeleton />
  if (data === undefined) return <ErrorMessage error={error} onRetry={() => void refetch()} />
  const products = data.pages.flatMap(page => page.items)
  const heading = headingOf(search, t)
  return (
    <section aria-label={heading}>
      <div className="mb-4 flex items-center justify-between gap-3">
        <h2 className="text-xl">{heading}</h2>
        <SortBy search={search} />
      </div>
      {products.length === 0 ? (
        <p className="py-12 text-center text-quiet">{t('home.noResults')}</p>
      ) : (
        <ul className={GRID}>
          {products.map(product => (
            <li key={product.id}>
              <ProductCard product={product} />
            </li>
          ))}
        </ul>
      )}
      {hasNextPage && (
        <div className="mt-8 text-center">
          <Button variant="secondary" busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {t('actions.showMore')}
          </Button>
        </div>
      )}
    </section>
  )
}

function headingOf({ q, category }: Search, t: TFunction<'app'>): string {
  if (q !== undefined) return t('home.results', { query: q })
  return category === undefined ? t('home.allProducts') : t(`categories.${category}`)
}

function SortBy({ search }: { search: Search }) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  return (
    <select
      aria-label={t('home.sort')}
      value={search.sort ?? 'best'}
      onChange={event => void navigate({ to: '/', search: { ...search, sort: event.target.value as Sort } })}
      className="min-h-11 rounded-xl border border-edge bg-surface px-3 text-sm"
    >
      {SORTS.map(sort => (
        <option key={sort} value={sort}>
          {t(`sorts.${sort}`)}
        </option>
      ))}
    </select>
  )
}

function ProductCard({ product }: { product: Product }) {
  const { t } = useTranslation()
  return (
    <Link
      to="/products/$productId"
      params={{ productId: String(product.id) }}
      className="card group flex h-full flex-col overflow-hidden transition-transform hover:-translate-y-0.5"
    >
      <ProductPicture product={product} />
      <span className="flex flex-1 flex-col justify-between gap-2 p-3.5">
        <UserText text={product.title} className="line-clamp-2 font-medium group-hover:text-brand" />
        {product.stock > 0 ? (
          <Price product={product} />
        ) : (
          <span className="text-quiet text-sm">{t('product.soldOut')}</span>
        )}
      </span>
    </Link>
  )
}

function ProductsSkeleton() {
  const { t } = useTranslation()
  return (
    <div role="status" aria-label={t('state.loading')}>
      <div className="mb-4 flex h-11 items-center">
        <div className="skeleton h-7 w-48" />
      </div>
      <div className={GRID}>
        {PLACEHOLDERS.map(name => (
          <div key={name} className="card overflow-hidden">
            <div className="skeleton aspect-square w-full rounded-none" />
            <div className="grid gap-2 p-3.5">
              <div className="skeleton h-5 w-4/5" />
              <div className="skeleton h-5 w-1/2" />
            </div>
          </div>
        ))}
      </div>
    </div>
  )
}
