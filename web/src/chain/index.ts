/** Everything that talks to the chain, in a chunk of its own, loaded when somebody is about to act. */
export { sha256Of } from './digest'
export {
  actionCall,
  evmAddressOf,
  fundOrderCall,
  pauseCall,
  readPaused,
  readReserves,
  tryCall,
  withdrawCall,
} from './escrow'
export { connectTo } from './node'
export { checkOrder, checkTerms } from './orderCheck'
export { fetchFromFallbackAccount, signAndSubmit } from './transaction'
