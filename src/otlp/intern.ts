const SLOTS = 4096
const MAX_LENGTH = 64

type Slot = { readonly bytes: Buffer; readonly text: string }

// A cache of bounded size and no meaning: what it answers is what decoding answers. Attribute keys repeat nearly always.
const slots: (Slot | undefined)[] = Array.from({ length: SLOTS }, () => undefined)

/** The UTF-8 text between `start` and `end`, the same string object where it was seen lately. For keys and names. */
export const internText = (bytes: Buffer, start: number, end: number): string => {
  const length = end - start
  if (length > MAX_LENGTH) return bytes.toString('utf8', start, end)
  let hash = length
  for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + (bytes[at] ?? 0)) | 0
  const index = (hash ^ (hash >>> 16)) & (SLOTS - 1)
  const slot = slots[index]
  if (slot !== undefined && isSame(slot.bytes, bytes, start, length)) return slot.text
  const text = bytes.toString('utf8', start, end)
  slots[index] = { bytes: Buffer.from(bytes.subarray(start, end)), text }
  return text
}

const isSame = (known: Buffer, bytes: Buffer, start: number, length: number): boolean => {
  if (known.length !== length) return false
  for (let i = 0; i < length; i++) if (known[i] !== bytes[start + i]) return false
  return true
}
