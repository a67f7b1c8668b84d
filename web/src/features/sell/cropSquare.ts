import { AppError } from '@/api/problem'

const MAX_SIDE_PX = 1_600
const QUALITY = 0.85

/**
 * Crop a picture to a square of at most 1,600 pixels. `part` is the position along the longer side: 0 is its beginning,
 * 1 its end.
 */
export async function cropSquare(file: File, part: number): Promise<File> {
  const bitmap = await createImageBitmap(file).catch(() => {
    throw new AppError('picture_not_readable', 'the browser cannot read it')
  })
  const side = Math.min(bitmap.width, bitmap.height)
  const shown = Math.min(side, MAX_SIDE_PX)
  const canvas = document.createElement('canvas')
  canvas.width = shown
  canvas.height = shown
  const [left, top] = [(bitmap.width - side) * part, (bitmap.height - side) * part]
  canvas.getContext('2d')?.drawImage(bitmap, left, top, side, side, 0, 0, shown, shown)
  bitmap.close()
  const blob = await new Promise<Blob | null>(resolve => canvas.toBlob(resolve, 'image/jpeg', QUALITY))
  if (blob === null) throw new AppError('picture_not_readable', 'the browser cannot draw it')
  return new File([blob], 'picture.jpg', { type: 'image/jpeg' })
}
