/* A wallet as extensions put it into pages. Its keys are outside of the browser: `descrowTestWallet` asks for them. */
window.injectedWeb3 = {
  [WALLET_ID]: {
    version: '1.0.0',
    async enable() {
      const addresses = JSON.parse(await window.descrowTestWallet('accounts', ''))
      const accounts = addresses.map(([name, address]) => ({ address, name, type: 'sr25519' }))
      const ask = async (what, asked) => {
        const answer = JSON.parse(await window.descrowTestWallet(what, JSON.stringify(asked)))
        if (answer.refused) throw new Error('Cancelled')
        return { id: 1, signature: answer.signature }
      }
      return {
        accounts: { get: async () => accounts, subscribe: tell => (tell(accounts), () => {}) },
        signer: { signPayload: asked => ask('payload', asked), signRaw: asked => ask('raw', asked) },
      }
    },
  },
}
