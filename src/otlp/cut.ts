import type { Identity } from '../model/identity.ts'
import type { ContentType, Refused, Signal } from '../model/request.ts'
import { bufferOf, cursorOver } from './cursor.ts'
import { childrenOf, type Header, scopeBlocks } from './envelope.ts'
import { convertJson } from './json.ts'
import { createLocate, type Locate } from './probe.ts'
import { addItem, createDraft, type Draft, type Segment, segmentFromDraft } from './segment.ts'

/** `failed`: items that were kept at the door and cannot be placed; the others are not concerned. */
export type Cut = { readonly segments: readonly Segment[]; readonly failed: readonly Refused[] }

/**
 * Cuts a request that passed the check into one segment a group, by byte slices; JSON is converted first. Items whose
 * ordinals are in `refused` are left out. Segments come in the order in which their groups first appear; links are without doubles.
 */
export const cutRequest = (
  signal: Signal,
  contentType: ContentType,
  body: Uint8Array,
  refused: ReadonlySet<number>,
  identity: Identity,
): Cut => {
  if (contentType === 'protobuf') return cutProtobuf(signal, bufferOf(body), refused, identity)
  const converted = convertJson(signal, body, Number.POSITIVE_INFINITY, refused)
  const cut = cutProtobuf(signal, converted.payload, new Set(), identity)
  return { segments: cut.segments, failed: [...converted.refused, ...cut.failed] }
}

const cutProtobuf = (signal: Signal, body: Buffer, refused: ReadonlySet<number>, identity: Identity): Cut => {
  const locateIn = createLocate(signal, identity)
  const headers = internHeaders()
  const drafts = new Map<string, Draft>()
  const failed: Refused[] = []
  let ordinal = 0
  for (const found of scopeBlocks(body)) {
    const resource = headers(found.resource)
    const block = { ...found, resource, scope: headers(found.scope) }
    const locate = locateIn(block)
    for (const item of childrenOf(cursorOver(body, block.start, block.end), 2)) {
      const at = ordinal++
      if (refused.has(at)) continue
      const reason = place(drafts, locate, body, block, item)
      if (reason !== undefined) failed.push({ ordinal: at, reason, bytes: body.subarray(item.start, item.end) })
    }
  }
  return { segments: [...drafts.values()].map(draft => segmentFromDraft(draft, body)), failed }
}

type Range = { readonly tagAt: number; readonly start: number; readonly end: number }

const place = (
  drafts: Map<string, Draft>,
  locate: Locate,
  body: Buffer,
  { resource, scope }: { readonly resource: Header; readonly scope: Header },
  { tagAt, start, end }: Range,
): string | undefined => {
  try {
    const { group, links } = locate(body, start, end)
    const draft = drafts.get(group) ?? createDraft(group)
    drafts.set(group, draft)
    for (const link of links) draft.links.set(`${link.kind}/${link.link}`, link)
    addItem(draft, resource, scope, tagAt, end)
    return undefined
  } catch (error) {
    // One item that cannot be identified costs that item, never its request.
    return `Cannot be placed: ${error instanceof Error ? error.message : String(error)}`
  }
}

// Exporters repeat equal resources and scopes within one request: by their bytes they become one object.
const internHeaders = (): ((header: Header) => Header) => {
  const known = new Map<string, Header>()
  return header => {
    const key = header.raw.toString('latin1')
    const same = known.get(key)
    if (same === undefined) known.set(key, header)
    return same ?? header
  }
}
