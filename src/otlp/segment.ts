import type { Link } from '../model/identity.ts'
import { BYTES } from './cursor.ts'
import type { Header } from './envelope.ts'
import { createWriter, varintSize, type Writer, writeRaw, writeTag, writeVarint, written } from './writer.ts'

/** One group's items of one request: `payload` is a valid TracesData or LogsData with their resources and scopes, items in document order. */
export type Segment = { readonly group: string; readonly links: readonly Link[]; readonly items: number; readonly payload: Buffer }

type ScopePart = { readonly scope: Header; readonly ranges: number[]; size: number }
type ResourcePart = { readonly resource: Header; readonly scopes: ScopePart[] }

/** A segment being collected: ranges of the request, copied once at the end. */
export type Draft = { readonly group: string; readonly links: Map<string, Link>; readonly parts: ResourcePart[]; items: number }

export const createDraft = (group: string): Draft => ({ group, links: new Map(), parts: [], items: 0 })

/** Adds the item between `start` (its tag) and `end`. Equal headers must be one object: they are compared by identity. */
export const addItem = (draft: Draft, resource: Header, scope: Header, start: number, end: number): void => {
  draft.items++
  const inner = scopePartOf(resourcePartOf(draft, resource), scope)
  inner.size += end - start
  const last = inner.ranges.length - 1
  if (inner.ranges[last] === start) inner.ranges[last] = end
  else inner.ranges.push(start, end)
}

const resourcePartOf = ({ parts }: Draft, resource: Header): ResourcePart => {
  const last = parts.at(-1)
  if (last?.resource === resource) return last
  const part: ResourcePart = { resource, scopes: [] }
  parts.push(part)
  return part
}

const scopePartOf = ({ scopes }: ResourcePart, scope: Header): ScopePart => {
  const last = scopes.at(-1)
  if (last?.scope === scope) return last
  const part: ScopePart = { scope, ranges: [], size: 0 }
  scopes.push(part)
  return part
}

export const segmentFromDraft = (draft: Draft, body: Buffer): Segment => {
  const sizes = draft.parts.map(part => part.scopes.map(inner => inner.scope.raw.length + inner.size))
  const writer = createWriter(draft.parts.reduce((sum, part, i) => sum + wrapped(partSize(part, sizes[i] ?? [])), 0))
  draft.parts.forEach((part, i) => {
    const scopeSizes = sizes[i] ?? []
    writeHead(writer, 1, partSize(part, scopeSizes))
    writeRaw(writer, part.resource.raw)
    part.scopes.forEach((inner, j) => {
      writeHead(writer, 2, scopeSizes[j] ?? 0)
      writeRaw(writer, inner.scope.raw)
      for (let at = 0; at < inner.ranges.length; at += 2) writeRaw(writer, body.subarray(inner.ranges[at], inner.ranges[at + 1]))
    })
  })
  return { group: draft.group, links: [...draft.links.values()], items: draft.items, payload: written(writer) }
}

const wrapped = (size: number): number => 1 + varintSize(size) + size

const partSize = (part: ResourcePart, scopeSizes: readonly number[]): number =>
  part.resource.raw.length + scopeSizes.reduce((sum, size) => sum + wrapped(size), 0)

const writeHead = (writer: Writer, field: number, size: number): void => {
  writeTag(writer, field, BYTES)
  writeVarint(writer, size)
}
