import type { Identified, Identity, Probe } from '../model/identity.ts'
import type { Signal } from '../model/request.ts'
import { BYTES, type Cursor, cursorOver, isBroken, readEnd, readTag, skip } from './cursor.ts'
import type { ScopeBlock } from './envelope.ts'
import { TRACE_ID_BYTES } from './item-check.ts'
import { type KeyTable, keyTable, pickAttribute, pickStrings } from './pick.ts'
import { isId } from './scan.ts'

const attributesOf: Readonly<Record<Signal, number>> = { traces: 9, logs: 6 }
const traceIdOf: Readonly<Record<Signal, number>> = { traces: 1, logs: 9 }

/** Where the item of `bytes` between `start` and `end` belongs. */
export type Locate = (bytes: Buffer, start: number, end: number) => Identified

/**
 * For each block a function that probes its items: resource and scope are picked once. Items without a key of their own
 * are identified once a trace.
 */
export const createLocate = (signal: Signal, identity: Identity): ((block: ScopeBlock) => Locate) => {
  const table = keyTable(identity.keys)
  const resources = new WeakMap<Buffer, Probe['resource']>()
  return block => {
    const resource = resources.get(block.resource.raw) ?? pickStrings(block.resource.content, 1, table)
    resources.set(block.resource.raw, resource)
    const scopeName = nameOf(block.scope.content)
    const plain = new Map<string, Identified>()
    return (bytes, start, end) => {
      const { traceId, attributes } = probeItem(signal, cursorOver(bytes, start, end), table)
      const known = attributes === undefined ? plain.get(traceId ?? '') : undefined
      if (known !== undefined) return known
      const identified = identity.identify({
        signal,
        scopeName,
        resource,
        attributes: attributes ?? new Map(),
        ...(traceId === undefined ? {} : { traceId }),
      })
      if (attributes === undefined) plain.set(traceId ?? '', identified)
      return identified
    }
  }
}

type Picked = { traceId: string | undefined; attributes: Map<string, string> | undefined }

const probeItem = (signal: Signal, cursor: Cursor, table: KeyTable): Picked => {
  const picked: Picked = { traceId: undefined, attributes: undefined }
  const attributes = attributesOf[signal] * 8 + BYTES
  const trace = traceIdOf[signal] * 8 + BYTES
  while (cursor.at < cursor.end) {
    const tag = readTag(cursor)
    if (tag === attributes) picked.attributes = pickAttribute(cursor, table, picked.attributes)
    else if (tag === trace) picked.traceId = readTraceId(cursor)
    else skip(cursor, tag & 7)
  }
  return picked
}

const readTraceId = (cursor: Cursor): string | undefined => {
  const { bytes } = cursor
  const end = readEnd(cursor)
  if (isBroken(cursor)) return undefined
  const { at } = cursor
  cursor.at = end
  return isId(bytes, at, end - at, TRACE_ID_BYTES) ? bytes.toString('hex', at, end) : undefined
}

const nameOf = (scope: Buffer): string => {
  const cursor = cursorOver(scope)
  let name = ''
  while (cursor.at < cursor.end) {
    const tag = readTag(cursor)
    const inside = { ...cursor }
    skip(cursor, tag & 7)
    if (tag !== 8 + BYTES || isBroken(cursor)) continue
    readEnd(inside)
    name = scope.toString('utf8', inside.at, cursor.at)
  }
  return name
}
