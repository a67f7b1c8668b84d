// Executes runtime calls: the runtime's WebAssembly is compiled to machine code by V8.

import { zstdDecompressSync } from 'node:zlib'
import { hostFunctions } from './host.mjs'

/** Marks a runtime that Substrate's tools have compressed with zstd. */
export const COMPRESSED_PREFIX = Buffer.from('52bc537646db8e05', 'hex')
export const CODE_KEY = ':code'
/** 32 MiB to begin with; the system hands out only the pages that are touched. */
const INITIAL_PAGES = 512
const PAGE = 65536

const decompress = (code) =>
  COMPRESSED_PREFIX.equals(code.subarray(0, 8)) ? zstdDecompressSync(code.subarray(8)) : code

/**
 * The allocator that a runtime expects of its host: powers of two, each size with its own list of
 * freed blocks. It lives for one call, so nothing is ever given back to the system.
 */
class Allocator {
  #memory
  #end
  #freed = new Map()

  /** The end of what was ever in use. */
  get end() {
    return this.#end
  }

  constructor(memory, heapBase) {
    this.#memory = memory
    this.#end = (heapBase + 7) & ~7
  }

  allocate(size) {
    const order = size <= 8 ? 3 : 32 - Math.clz32(size - 1)
    const reused = this.#freed.get(order)?.pop()
    if (reused !== undefined) return reused

    // The order is kept in the eight bytes before the block, where `free` finds it.
    const pointer = this.#end + 8
    this.#end = pointer + 2 ** order
    const missing = Math.ceil((this.#end - this.#memory.buffer.byteLength) / PAGE)
    if (missing > 0) this.#memory.grow(missing + 256)
    new DataView(this.#memory.buffer).setUint32(pointer - 8, order, true)
    return pointer
  }

  free(pointer) {
    const order = new DataView(this.#memory.buffer).getUint32(pointer - 8, true)
    const list = this.#freed.get(order)
    if (list) list.push(pointer)
    else this.#freed.set(order, [pointer])
  }
}

/**
 * A runtime ready to be called, one call at a time.
 *
 * Making an instance costs more than most calls, so one is kept and wiped after use: its data and
 * stack go back to what they were, its heap to zeroes. After a trap it must not be used again, for
 * its stack pointer is lost.
 */
class Instance {
  #memory = new WebAssembly.Memory({ initial: INITIAL_PAGES })
  #exports
  #image
  #heapBase
  #context

  constructor(module, { log, runtimeVersion }) {
    this.#context = {
      overlay: undefined,
      allocator: undefined,
      log,
      runtimeVersion,
      bytes: (pointer, length) => Buffer.from(this.#memory.buffer, pointer, length),
    }
    const instance = new WebAssembly.Instance(module, importsOf(module, this.#memory, this.#context))
    this.#exports = instance.exports
    this.#heapBase = instance.exports.__heap_base.value
    this.#image = Buffer.from(this.#context.bytes(0, this.#heapBase))
  }

  call(overlay, method, argument) {
    const entry = this.#exports[method]
    if (typeof entry !== 'function') throw new Error(`the runtime has no function ${method}`)
    const context = this.#context
    context.overlay = overlay
    context.allocator = new Allocator(this.#memory, this.#heapBase)

    const pointer = context.allocator.allocate(argument.length)
    context.bytes(pointer, argument.length).set(argument)
    const packed = BigInt.asUintN(64, entry(pointer, argument.length))
    const answer = Buffer.from(context.bytes(Number(packed & 0xffffffffn), Number(packed >> 32n)))
    this.#wipe()
    return answer
  }

  #wipe() {
    const { allocator } = this.#context
    this.#context.bytes(0, this.#heapBase).set(this.#image)
    this.#context.bytes(this.#heapBase, allocator.end - this.#heapBase).fill(0)
    this.#context.overlay = undefined
  }
}

export class Executor {
  #modules = new Map()
  #idle = new Map()
  #host

  constructor(log) {
    this.#host = { log, runtimeVersion: versionOf }
  }

  /**
   * Call `method` of the runtime that is stored in the overlay's state and return its answer.
   * Changes go into the overlay, inside a transaction that a trap rolls back.
   */
  call(overlay, method, argument = Buffer.alloc(0)) {
    const version = overlay.state.versionOf(CODE_KEY)
    const instance = this.#takeInstance(version, overlay.state)
    const depth = overlay.depth
    overlay.startTransaction()
    try {
      const answer = instance.call(overlay, method, argument)
      overlay.commitTransaction()
      this.#idle.set(version, instance)
      return answer
    } catch (error) {
      overlay.rollbackTo(depth)
      throw new Error(`${method}: ${error.message}`, { cause: error })
    }
  }

  #takeInstance(version, state) {
    const idle = this.#idle.get(version)
    this.#idle.delete(version)
    return idle ?? new Instance(this.#moduleOf(version, state), this.#host)
  }

  #moduleOf(version, state) {
    let module = this.#modules.get(version)
    if (!module) {
      const code = state.get(CODE_KEY)
      if (!code) throw new Error('the state holds no runtime code')
      module = new WebAssembly.Module(decompress(Buffer.from(code)))
      this.#modules.set(version, module)
    }
    return module
  }
}

/** What a runtime says of itself in its own section, without being run. */
function versionOf(code) {
  const [section] = WebAssembly.Module.customSections(
    new WebAssembly.Module(decompress(code)), 'runtime_version')
  return section && Buffer.from(section)
}

function importsOf(module, memory, context) {
  const functions = hostFunctions(context)
  const env = { memory }
  for (const { kind, name } of WebAssembly.Module.imports(module)) {
    if (kind !== 'function') continue
    env[name] = functions[name] ?? (() => {
      throw new Error(`the host function ${name} is not provided`)
    })
  }
  return { env }
}
