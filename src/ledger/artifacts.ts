import { createHash } from 'node:crypto'
import type { FilePart } from '../conventions/reading.ts'
import { MAX_ARTIFACT_CONTENT_BYTES } from '../model/artifact.ts'
import type { LedgerArtifact } from '../model/ledger.ts'
import { uuidV5 } from '../model/uuid.ts'
import type { Call, Calls } from './call.ts'
import { resultIdOf } from './call-steps.ts'
import type { Draft } from './draft.ts'
import { lastBy } from './lane.ts'
import type { ModelCall } from './models.ts'
import type { Steps } from './steps.ts'
import { isAgent, isModel, later, type Node } from './tree.ts'

type Found = { readonly stepId: string; readonly file: FilePart }

/**
 * The files a run made and was given, each at its step: the result of its tool span, else the span's step, else the step
 * before it, else the run's first. None before the run has a step. Told twice, an artifact is one. `ordered`: the steps in sequence.
 */
export const artifactsFrom = (
  nodes: readonly Node[],
  models: readonly ModelCall[],
  calls: Calls,
  steps: Steps,
  ordered: readonly Draft[],
): readonly LedgerArtifact[] => {
  const first = ordered[0]
  if (first === undefined) return []
  const { at, atCall } = createPlaces(steps.ofCall, ordered)
  const atNode = (node: Node): string => {
    const call = calls.ofNode.get(node)
    return call === undefined ? at(steps.ofNode.get(node), node.ends) : atCall(call)
  }
  const { found, add, addUntold } = createCollection()
  for (const model of models) if (model.files.length > 0) add(at(model.node && steps.ofNode.get(model.node), model.end), model.files)
  for (const call of calls.calls) if (writes(call)) add(atCall(call), call.files)
  for (const node of nodes.filter(hasFiles)) (isAgent(node) ? addUntold : add)(atNode(node), node.reading.files ?? [])
  for (const model of models) addUntold(first.id, model.given?.files ?? [])
  return distinct(found)
}

// A call that failed did not write what its arguments name.
const writes = ({ files, result }: Call): boolean => files.length > 0 && result?.isError !== true

// Those of models were told with their calls.
const hasFiles = (node: Node): boolean => node.reading.files !== undefined && !isModel(node)

// What an agent's own span says of its output repeats its children; what a later call is given repeats the first.
const createCollection = () => {
  const found: Found[] = []
  const told = new Set<string>()
  const add = (stepId: string, files: readonly FilePart[]): void => {
    for (const file of files) told.add(signature(file))
    found.push(...files.map(file => ({ stepId, file })))
  }
  const addUntold = (stepId: string, files: readonly FilePart[]): void =>
    add(
      stepId,
      files.filter(file => !told.has(signature(file))),
    )
  return { found, add, addUntold }
}

const createPlaces = (ofCall: Steps['ofCall'], ordered: readonly Draft[]) => {
  const known = new Set(ordered.map(d => d.id))
  const before = stepBefore(ordered)
  const at = (id: string | undefined, time: bigint): string => (id !== undefined && known.has(id) ? id : before(time))
  const atCall = (call: Call): string => {
    const result = resultIdOf(call)
    return known.has(result) ? result : at(ofCall.get(call), call.start)
  }
  return { at, atCall }
}

const signature = ({ path, mimeType, sizeBytes }: FilePart): string =>
  path === undefined ? `inline\n${mimeType}\n${sizeBytes}` : `path\n${path}\n${mimeType}`

const stepBefore = (ordered: readonly Draft[]): ((time: bigint) => string) => {
  let latest = 0n
  const placed = ordered.map(({ id, time }) => {
    latest = later(latest, time)
    return { id, time: latest }
  })
  return time => (placed[lastBy(placed, time, p => p.time)] ?? placed[0])?.id ?? ''
}

const distinct = (found: readonly Found[]): readonly LedgerArtifact[] => {
  const artifacts = new Map<string, LedgerArtifact>()
  const inline = createInlineNames()
  for (const { stepId, file } of found) {
    const content = keptContent(file)
    const sha256 = content === undefined ? file.sha256 : createHash('sha256').update(content).digest('hex')
    const path = file.path ?? inline(stepId, `${file.role}\n${file.mimeType}\n${file.sizeBytes}\n${sha256}`)
    const id = uuidV5(stepId, `artifact:${file.role}:${path}:0`)
    const known = artifacts.get(id)
    artifacts.set(id, {
      id,
      stepId,
      role: file.role,
      path,
      mimeType: known?.mimeType ?? file.mimeType ?? null,
      sizeBytes: known?.sizeBytes ?? file.sizeBytes ?? null,
      ...heldFrom(known, { content: content ?? null, sha256: sha256 ?? null }),
    })
  }
  return [...artifacts.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
}

const keptContent = ({ content }: FilePart): Uint8Array | undefined =>
  content === undefined || content.length > MAX_ARTIFACT_CONTENT_BYTES ? undefined : content

type Held = Pick<LedgerArtifact, 'content' | 'sha256'>

// Told twice, the telling that brings the bytes is believed: they bear their digest themselves.
const heldFrom = (known: Held | undefined, { content, sha256 }: Held): Held => {
  if (known === undefined || (known.content === null && content !== null)) return { content, sha256 }
  return { content: known.content, sha256: known.sha256 ?? sha256 }
}

/** `inline:{step}/{i}`: the i-th file of a step that has no path of its own; the same bytes told twice are one. */
const createInlineNames = (): ((stepId: string, what: string) => string) => {
  const byStep = new Map<string, Map<string, number>>()
  return (stepId, what) => {
    const places = byStep.get(stepId) ?? new Map<string, number>()
    byStep.set(stepId, places)
    const place = places.get(what) ?? places.size
    places.set(what, place)
    return `inline:${stepId}/${place}`
  }
}
