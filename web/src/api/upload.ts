import { api, type Schemas, unwrap } from './client'

/** Return request options that send a form with one file instead of JSON. */
function fileForm(file: File): { body: { file: string }; bodySerializer(): FormData } {
  return {
    body: { file: file.name },
    bodySerializer: () => {
      const form = new FormData()
      form.set('file', file)
      return form
    },
  }
}

/** Upload a file that everybody may read. Its CID can be recorded in the contract. */
export function uploadPublicFile(file: File): Promise<Schemas['ContentView']> {
  return unwrap(api.POST('/api/v1/ipfs/upload', fileForm(file)))
}
