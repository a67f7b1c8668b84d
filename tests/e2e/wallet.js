/* A wallet as extensions put it into pages. Its keys are outside of the browser: `descrowTestWallet` asks for them. */
{
  const inject = () => {
    window.injectedWeb3 = {
      ...window.injectedWeb3,
      [WALLET_ID]: {
        version: '1.0.0',
        async enable() {
          const accounts = JSON.parse(await window.descrowTestWallet('accounts', ''))
          const ask = async (what, asked) => {
            const answer = JSON.parse(await window.descrowTestWallet(what, JSON.stringify(asked ?? null)))
            if (answer.refused) throw new Error('Cancelled')
            return answer
          }
          return {
            accounts: { get: async () => accounts, subscribe: tell => (tell(accounts), () => {}) },
            signer: { signPayload: asked => ask('payload', asked), signRaw: asked => ask('raw', asked) },
            metadata: {
              get: async () => (await ask('chains')).known,
              provide: async definition => (await ask('chain', definition)).taken,
            },
          }
        },
      },
    }
  }
  if (LATE_MS === 0) inject()
  else setTimeout(inject, LATE_MS)
}
