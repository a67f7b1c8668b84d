import { answerOf, api, type Schemas } from './client'

/** A form with one file in it, in place of the JSON that the client makes of bodies. */
function asForm(file: File): { body: { file: string }; bodySerializer(): FormData } {
  return {
    body: { file: file.name },
    bodySerializer: () => {
      const form = new FormData()
      form.set('file', file)
      return form
    },
  }
}

/** Store a file for everybody to see; its CID is what the contract is told. */
export function uploadForAll(file: File): Promise<Schemas['ContentView']> {
  return answerOf(api.POST('/api/v1/ipfs/upload', asForm(file)))
}
