import { type EventName, eventData } from '../../src/model/event.ts'
import type { Held } from './run-writer.ts'

export type EventReader = {
  /** Applies one event; its data must be what the model says. */
  readonly apply: (event: EventName, data: unknown) => void
  readonly held: () => Held
}

/** A reader that does with each event exactly what its name says. */
export const createEventReader = (): EventReader => {
  const steps = new Map<string, { sequence: number; data: unknown }>()
  const artifacts = new Map<string, string>()
  let status: string | null = null
  const clear = (): void => {
    steps.clear()
    artifacts.clear()
    status = null
  }
  const setStep = (data: unknown): void => {
    const { step_id, sequence, data: content } = eventData['step.added'].parse(data)
    steps.set(step_id, { sequence, data: content })
  }
  const actions: Readonly<Record<EventName, (data: unknown) => void>> = {
    'step.added': setStep,
    'step.updated': data => {
      const { step_id } = eventData['step.updated'].parse(data)
      if (!steps.has(step_id)) throw new Error(`Expected step ${step_id} to be known before it is updated`)
      setStep(data)
    },
    'step.moved': data => {
      const { step_id, sequence } = eventData['step.moved'].parse(data)
      const step = steps.get(step_id)
      if (step === undefined) throw new Error(`Expected step ${step_id} to be known before it moves`)
      step.sequence = sequence
    },
    'step.removed': data => void steps.delete(eventData['step.removed'].parse(data).step_id),
    'artifact.added': data => {
      const { id, step_id } = eventData['artifact.added'].parse(data)
      artifacts.set(id, step_id)
    },
    'artifact.removed': data => void artifacts.delete(eventData['artifact.removed'].parse(data).artifact_id),
    'run.updated': data => {
      status = eventData['run.updated'].parse(data).status
    },
    'run.moved': clear,
    'run.removed': clear,
    reset: clear,
  }
  return {
    apply: (event, data) => actions[event](data),
    held: () => ({
      steps: sorted(steps, step => ({ ...step })),
      artifacts: sorted(artifacts, step => step),
      status,
    }),
  }
}

const sorted = <V, R>(map: ReadonlyMap<string, V>, of: (value: V) => R): Record<string, R> =>
  Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => [key, of(value)]))
