/** All that talks to the chain, in a chunk of its own: pages load it when somebody is about to act. */
export { sha256Of } from './digest'
export { callFor, evmAddressOf, pauseCall, payInDot, readBooks, readPaused, tryCall } from './escrow'
export { connectTo } from './node'
export { checkOrder, checkTerms } from './orderCheck'
export { signAndFollow } from './transaction'
