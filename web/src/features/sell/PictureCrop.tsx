import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '@/components/Button'

const MIDDLE = 50

interface PictureCutProps {
  file: File
  busy: boolean
  /** `part` is 0 to 1, along the longer side. */
  onUse(part: number): void
  onCancel(): void
}

/** A picture that was chosen, as the shop will show it; where it is no square, the seller says which part. */
export function PictureCut({ file, busy, onUse, onCancel }: PictureCutProps) {
  const { t } = useTranslation()
  const [percent, setPercent] = useState(MIDDLE)
  const [isSquare, setIsSquare] = useState(false)
  const address = useAddressOf(file)
  return (
    <div className="card grid gap-4 p-4 sm:grid-cols-[14rem_1fr] sm:items-center">
      <img
        src={address}
        alt={t('sell.pictureAsCut')}
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
            <span className="font-semibold text-sm">{t('sell.pictureCut')}</span>
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
            {t('sell.pictureUse')}
          </Button>
          <Button look="quiet" disabled={busy} onClick={onCancel}>
            {t('actions.cancel')}
          </Button>
        </div>
      </div>
    </div>
  )
}

/** An address under which this page alone can show the file, for as long as it shows it. */
function useAddressOf(file: File): string | undefined {
  const [address, setAddress] = useState<string>()
  useEffect(() => {
    const made = URL.createObjectURL(file)
    setAddress(made)
    return () => URL.revokeObjectURL(made)
  }, [file])
  return address
}
