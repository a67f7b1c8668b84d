// The little of the SCALE codec that the host side needs; everything else stays opaque bytes.

/** Encode a length or a number below 2^53 in SCALE's compact form. */
export function compact(value) {
  if (value < 1 << 6) return Buffer.from([value << 2])
  if (value < 1 << 14) {
    const out = Buffer.alloc(2)
    out.writeUInt16LE((value << 2) | 1)
    return out
  }
  if (value < 2 ** 30) {
    const out = Buffer.alloc(4)
    out.writeUInt32LE(value * 4 + 2)
    return out
  }
  const digits = []
  for (let rest = BigInt(value); rest > 0n; rest >>= 8n) digits.push(Number(rest & 0xffn))
  while (digits.length < 4) digits.push(0)
  return Buffer.from([((digits.length - 4) << 2) | 3, ...digits])
}

export const prefixed = (bytes) => Buffer.concat([compact(bytes.length), bytes])

export const u32 = (value) => {
  const out = Buffer.alloc(4)
  out.writeUInt32LE(value)
  return out
}

export const none = Buffer.from([0])
export const some = (bytes) => Buffer.concat([Buffer.from([1]), bytes])

/** Reads a byte string from front to back; running off its end is an error. */
export class Reader {
  constructor(bytes) {
    this.bytes = bytes
    this.at = 0
  }

  get isAtEnd() {
    return this.at === this.bytes.length
  }

  take(length) {
    if (this.at + length > this.bytes.length) throw new Error('SCALE: the bytes end too early')
    this.at += length
    return this.bytes.subarray(this.at - length, this.at)
  }

  u8() {
    return this.take(1)[0]
  }

  u32() {
    return this.take(4).readUInt32LE()
  }

  u64() {
    return this.take(8).readBigUInt64LE()
  }

  compact() {
    const first = this.u8()
    switch (first & 3) {
      case 0:
        return first >> 2
      case 1:
        return (first | (this.u8() << 8)) >> 2
      case 2: {
        const rest = this.take(3)
        return Math.floor((first + rest[0] * 2 ** 8 + rest[1] * 2 ** 16 + rest[2] * 2 ** 24) / 4)
      }
      default: {
        let value = 0
        for (const digit of [...this.take((first >> 2) + 4)].reverse()) value = value * 256 + digit
        return value
      }
    }
  }

  prefixed() {
    return this.take(this.compact())
  }

  text() {
    return this.prefixed().toString('utf8')
  }
}
