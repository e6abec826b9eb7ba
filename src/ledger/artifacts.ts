import { createHash } from 'node:crypto'
import type { FilePart } from '../conventions/reading.ts'
import type { LedgerArtifact } from '../model/ledger.ts'
import { uuidV5 } from '../model/uuid.ts'
import type { Call } from './calls.ts'
import type { Draft } from './draft.ts'
import type { ModelCall } from './models.ts'
import type { Steps } from './steps.ts'
import { endOf, isAgent, type Node } from './tree.ts'

type Found = { readonly stepId: string; readonly file: FilePart; readonly index: number }

/**
 * The files a run made and was given, each at its step: the result of its tool span, else the span's step, else the step
 * before it, else the run's first. None before the run has a step. Told twice, an artifact is one.
 */
export const artifactsFrom = (
  nodes: readonly Node[],
  models: readonly ModelCall[],
  calls: readonly Call[],
  { ofNode, ofCall }: Steps,
  ordered: readonly Draft[],
): readonly LedgerArtifact[] => {
  const first = ordered[0]
  if (first === undefined) return []
  const results = new Map(
    ordered.flatMap(d => (d.type === 'tool_result' && d.parentStepId !== null ? [[d.parentStepId, d.id] as const] : [])),
  )
  const known = new Set(ordered.map(d => d.id))
  const before = stepBefore(ordered)
  const at = (id: string | undefined, time: bigint): string => (id !== undefined && known.has(id) ? (results.get(id) ?? id) : before(time))
  const found: Found[] = []
  const add = (stepId: string, files: readonly FilePart[]): void => files.forEach((file, index) => void found.push({ stepId, file, index }))
  for (const model of models) add(at(model.node && ofNode.get(model.node), model.end), model.files)
  for (const call of calls) if (call.result?.isError !== true) add(at(ofCall.get(call), call.start), call.files)
  const spoken = new Set(models.flatMap(m => (m.node === undefined ? [] : [m.node])))
  for (const node of nodes) {
    const { files, role } = node.reading
    if (files === undefined || spoken.has(node) || role === 'model') continue
    add(at(ofNode.get(node), endOf(node.reading)), isAgent(node) ? files.filter(f => !isTold(found, f)) : files)
  }
  for (const model of models)
    add(
      first.id,
      (model.given?.files ?? []).filter(f => !isTold(found, f)),
    )
  return distinct(found)
}

// What an agent's own span says of its output repeats its children; what a later call is given repeats the first.
const isTold = (found: readonly Found[], file: FilePart): boolean =>
  found.some(
    ({ file: other }) =>
      other.path === file.path && other.mimeType === file.mimeType && (file.path !== undefined || other.sizeBytes === file.sizeBytes),
  )

const stepBefore = (ordered: readonly Draft[]): ((time: bigint) => string) => {
  const byTime = [...ordered].sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0))
  return time => {
    let low = 0
    let high = byTime.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((byTime[middle]?.time ?? 0n) <= time) low = middle + 1
      else high = middle
    }
    return (byTime[low - 1] ?? ordered[0])?.id ?? ''
  }
}

const distinct = (found: readonly Found[]): readonly LedgerArtifact[] => {
  const artifacts = new Map<string, LedgerArtifact>()
  for (const { stepId, file, index } of found) {
    const path = file.path ?? `inline:${stepId}/${index}`
    const id = uuidV5(stepId, `artifact:${file.role}:${path}:0`)
    const known = artifacts.get(id)
    artifacts.set(id, {
      id,
      stepId,
      role: file.role,
      path,
      mimeType: known?.mimeType ?? file.mimeType ?? null,
      sizeBytes: known?.sizeBytes ?? file.sizeBytes ?? null,
      sha256: known?.sha256 ?? file.sha256 ?? (file.content === undefined ? null : createHash('sha256').update(file.content).digest('hex')),
    })
  }
  return [...artifacts.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
}
