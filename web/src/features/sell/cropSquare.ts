import { Refusal } from '@/api/problem'

const SIDE_MOST = 1_600
const QUALITY = 0.85

/**
 * A square of the picture, of at most 1,600 pixels: as the shop shows it, and quick on a slow link. `part` says which,
 * along the longer side: 0 is its beginning, 1 its end.
 */
export async function squared(file: File, part: number): Promise<File> {
  const bitmap = await createImageBitmap(file).catch(() => {
    throw new Refusal('picture_not_readable', 'the browser cannot read it')
  })
  const side = Math.min(bitmap.width, bitmap.height)
  const shown = Math.min(side, SIDE_MOST)
  const canvas = document.createElement('canvas')
  canvas.width = shown
  canvas.height = shown
  const [left, top] = [(bitmap.width - side) * part, (bitmap.height - side) * part]
  canvas.getContext('2d')?.drawImage(bitmap, left, top, side, side, 0, 0, shown, shown)
  bitmap.close()
  const blob = await new Promise<Blob | null>(resolve => canvas.toBlob(resolve, 'image/jpeg', QUALITY))
  if (blob === null) throw new Refusal('picture_not_readable', 'the browser cannot draw it')
  return new File([blob], 'picture.jpg', { type: 'image/jpeg' })
}
