import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '@/components/Button'

const CENTER_PERCENT = 50

interface PictureCropProps {
  file: File
  busy: boolean
  /** `part` is the position along the longer side, 0 to 1. */
  onUse(part: number): void
  onCancel(): void
}

/** A preview of a chosen picture. For one that is not square, the seller chooses the visible part. */
export function PictureCrop({ file, busy, onUse, onCancel }: PictureCropProps) {
  const { t } = useTranslation()
  const [percent, setPercent] = useState(CENTER_PERCENT)
  const [isSquare, setIsSquare] = useState(false)
  const url = useObjectUrl(file)
  return (
    <div className="card grid gap-4 p-4 sm:grid-cols-[14rem_1fr] sm:items-center">
      <img
        src={url}
        alt={t('sell.cropPreview')}
        onLoad={event => {
          const { naturalWidth, naturalHeight } = event.currentTarget
          setIsSquare(naturalWidth === naturalHeight)
        }}
        style={{ objectPosition: `${percent}% ${percent}%` }}
        className="aspect-square w-full rounded-2xl border border-line object-cover"
      />
      <div className="grid gap-4">
        {!isSquare && (
          <label className="grid gap-1.5">
            <span className="font-semibold text-sm">{t('sell.cropPosition')}</span>
            <input
              type="range"
              min={0}
              max={100}
              value={percent}
              onChange={event => setPercent(event.target.valueAsNumber)}
              className="min-h-11 w-full accent-brand"
            />
          </label>
        )}
        <div className="flex flex-wrap gap-3">
          <Button busy={busy} onClick={() => onUse(percent / 100)}>
            {t('sell.usePicture')}
          </Button>
          <Button variant="secondary" disabled={busy} onClick={onCancel}>
            {t('actions.cancel')}
          </Button>
        </div>
      </div>
    </div>
  )
}

/** Return a URL for a local file, valid while the component is mounted. */
function useObjectUrl(file: File): string | undefined {
  const [url, setUrl] = useState<string>()
  useEffect(() => {
    const objectUrl = URL.createObjectURL(file)
    setUrl(objectUrl)
    return () => URL.revokeObjectURL(objectUrl)
  }, [file])
  return url
}
