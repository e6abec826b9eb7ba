import { hash } from 'node:crypto'
import type { Item, Origin, Scope } from '../model/fact.ts'
import type { Signal } from '../model/request.ts'
import { BYTES, bufferOf, type Cursor, cursorOver, readTag, skip } from './cursor.ts'
import { childrenOf, type Header, scopeBlocks } from './envelope.ts'
import { readLog } from './log-item.ts'
import { readSpan } from './span-item.ts'
import { readAttributes, readText } from './value.ts'

/** Values nested deeper are cut with a mark. */
export const MAX_DEPTH = 64

const DIGEST_DIGITS = 32
const ORIGIN_DIGITS = 8

/**
 * The facts of a payload that passed the check, one by one, in document order: nothing is held but the one at hand. Never
 * throws. Values nested deeper than `maxDepth` are cut with a mark; an item's digest depends on it, its resource and its scope alone.
 */
export function* readFacts(signal: Signal, payload: Uint8Array, maxDepth = MAX_DEPTH): Generator<Item> {
  const bytes = bufferOf(payload)
  const read = signal === 'traces' ? readSpan : readLog
  let last: { readonly resource: Header; readonly attributes: Origin['resource'] } | undefined
  for (const block of scopeBlocks(bytes)) {
    if (last?.resource !== block.resource) {
      last = { resource: block.resource, attributes: readAttributes(cursorOver(block.resource.content), 1, maxDepth) }
    }
    const origin: Origin = { resource: last.attributes, scope: readScope(cursorOver(block.scope.content), maxDepth) }
    const suffix = digestOf(Buffer.concat([Buffer.from(digestOf(block.resource.raw)), block.scope.raw])).slice(0, ORIGIN_DIGITS)
    for (const { start, end } of childrenOf(cursorOver(bytes, block.start, block.end), 2)) {
      const digest = digestOf(bytes.subarray(start, end)).slice(0, DIGEST_DIGITS) + suffix
      yield read({ cursor: cursorOver(bytes, start, end), origin, digest, maxDepth })
    }
  }
}

const digestOf = (bytes: Buffer): string => hash('sha1', bytes, 'hex')

const readScope = (cursor: Cursor, maxDepth: number): Scope => {
  let name = ''
  let version = ''
  const attributes = readAttributes({ ...cursor }, 3, maxDepth)
  while (cursor.at < cursor.end) {
    const tag = readTag(cursor)
    if (tag === 8 + BYTES) name = readText(cursor)
    else if (tag === 16 + BYTES) version = readText(cursor)
    else skip(cursor, tag & 7)
  }
  return { name, version, attributes }
}
