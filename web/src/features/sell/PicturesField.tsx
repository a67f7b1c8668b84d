import { useMutation } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { uploadPublicFile } from '@/api/upload'
import { ErrorMessage } from '@/components/ErrorMessage'
import { pictureUrl } from '@/features/shop/pictureUrl'
import { cropSquare } from './cropSquare'
import { PictureCrop } from './PictureCrop'
import { type Picture, reordered } from './productForm'

const MAX_PICTURES = 10
const ACCEPTED_TYPES = 'image/jpeg,image/png,image/webp'
const TOOL_BUTTON =
  'grid size-11 place-items-center rounded-xl border border-edge bg-surface font-semibold disabled:opacity-40'

interface PicturesFieldProps {
  pictures: Picture[]
  onChange(pictures: Picture[]): void
}

/** The pictures of a product, which the seller adds, crops, reorders and removes. */
export function PicturesField({ pictures, onChange }: PicturesFieldProps) {
  const { t } = useTranslation()
  const id = useId()
  const [chosen, setChosen] = useState<File>()
  const upload = useMutation({
    mutationFn: async ({ file, part }: { file: File; part: number }) =>
      uploadPublicFile(await cropSquare(file, part)),
    onSuccess: ({ cid, thumbnailCid }) => {
      setChosen(undefined)
      onChange([...pictures, { cid, thumbnailCid }])
    },
  })
  return (
    <fieldset className="grid gap-3">
      <legend className="mb-1.5 font-semibold text-sm">{t('sell.pictures')}</legend>
      {pictures.length > 0 && (
        <ol className="grid grid-cols-2 gap-3 sm:grid-cols-4">
          {pictures.map((picture, index) => (
            <li key={picture.cid} className="grid gap-2">
              <img
                src={pictureUrl(picture.thumbnailCid ?? picture.cid)}
                alt={t('sell.picture', { number: index + 1 })}
                className="aspect-square w-full rounded-2xl border border-line object-cover"
              />
              <div className="flex justify-between gap-1">
                <button
                  type="button"
                  className={TOOL_BUTTON}
                  disabled={index === 0}
                  aria-label={t('sell.movePictureForward', { number: index + 1 })}
                  onClick={() => onChange(reordered(pictures, index, -1))}
                >
                  ←
                </button>
                <button
                  type="button"
                  className={TOOL_BUTTON}
                  disabled={index === pictures.length - 1}
                  aria-label={t('sell.movePictureBack', { number: index + 1 })}
                  onClick={() => onChange(reordered(pictures, index, 1))}
                >
                  →
                </button>
                <button
                  type="button"
                  className={TOOL_BUTTON}
                  aria-label={t('sell.removePicture', { number: index + 1 })}
                  onClick={() => onChange(pictures.filter(other => other.cid !== picture.cid))}
                >
                  ×
                </button>
              </div>
            </li>
          ))}
        </ol>
      )}
      {chosen === undefined && pictures.length < MAX_PICTURES && (
        <>
          <label htmlFor={id} className="sr-only">
            {t('sell.addPicture')}
          </label>
          <input
            id={id}
            type="file"
            accept={ACCEPTED_TYPES}
            onChange={event => {
              const file = event.target.files?.[0]
              event.target.value = ''
              if (file === undefined) return
              upload.reset()
              setChosen(file)
            }}
            className="w-full rounded-2xl border border-edge border-dashed bg-surface p-3 text-sm file:mr-3 file:min-h-11 file:rounded-xl file:border-0 file:bg-tint file:px-4 file:font-semibold file:text-ink"
          />
        </>
      )}
      {chosen !== undefined && (
        <PictureCrop
          file={chosen}
          busy={upload.isPending}
          onUse={part => upload.mutate({ file: chosen, part })}
          onCancel={() => setChosen(undefined)}
        />
      )}
      {upload.error && <ErrorMessage error={upload.error} />}
    </fieldset>
  )
}
