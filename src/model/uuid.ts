import { hash } from 'node:crypto'

/** The one namespace of all derived ids (contract: `v5(NS, "run:" + id)` and so on). */
export const NAMESPACE = '5d0f6a52-0c1c-5b8e-9a55-6f3f0c7b7a10'

const pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** Any 16 bytes written as a UUID count, whatever their version: trace ids are such. */
export const isUuid = (text: string): boolean => pattern.test(text)

/** 32 hex digits as a UUID, lower case. */
export const uuidFromHex = (hex: string): string =>
  `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`.toLowerCase()

/** UUIDv5 (RFC 9562, SHA-1) of `name` in `namespace`. */
export const uuidV5 = (namespace: string, name: string): string => {
  const digest = hash('sha1', Buffer.concat([Buffer.from(namespace.replaceAll('-', ''), 'hex'), Buffer.from(name)]), 'buffer')
  digest[6] = ((digest[6] ?? 0) & 0x0f) | 0x50
  digest[8] = ((digest[8] ?? 0) & 0x3f) | 0x80
  return uuidFromHex(digest.toString('hex', 0, 16))
}

/** The run an agent named: a UUID as it is (lower case), another string by derivation. */
export const runIdFromName = (name: string): string => (isUuid(name) ? name.toLowerCase() : uuidV5(NAMESPACE, `run:${name}`))
