import { z } from 'zod'
import { Artifact } from './artifact.ts'
import { contents, StepType } from './content.ts'
import { Preview } from './preview.ts'
import { Instant, Run } from './run.ts'

const base = { run_id: z.guid(), step_id: z.guid(), sequence: z.number().int(), timestamp: Instant }

/** One step in the event stream: exactly the data model's fields. Data above 64 kB is a `Preview`. */
export const EventPayload = z.discriminatedUnion('type', [
  z.object({ ...base, type: z.literal(StepType.enum.thought), data: contents.thought.or(Preview) }),
  z.object({ ...base, type: z.literal(StepType.enum.tool_call), data: contents.tool_call.or(Preview) }),
  z.object({ ...base, type: z.literal(StepType.enum.tool_result), data: contents.tool_result.or(Preview) }),
  z.object({ ...base, type: z.literal(StepType.enum.error), data: contents.error.or(Preview) }),
  z.object({ ...base, type: z.literal(StepType.enum.plan_update), data: contents.plan_update.or(Preview) }),
])
export type EventPayload = z.infer<typeof EventPayload>

const ofRun = { run_id: z.guid() }

/**
 * What a run's stream says, by name. `added` and `updated` set what has that id, whether it was known or not; taking away
 * what is not there does nothing; `reset` takes everything of that run away, or of all runs where it names none. Applied in order they
 * make exactly the rows.
 */
export const eventData = {
  'step.added': EventPayload,
  'step.updated': EventPayload,
  'step.moved': z.object({ ...ofRun, step_id: z.guid(), sequence: z.number().int() }),
  'step.removed': z.object({ ...ofRun, step_id: z.guid() }),
  'artifact.added': Artifact,
  'artifact.removed': z.object({ ...ofRun, artifact_id: z.guid() }),
  'run.updated': Run,
  'run.moved': z.object({ ...ofRun, moved_to: z.guid() }),
  'run.removed': z.object(ofRun),
  reset: z.object({ run_id: z.guid().optional() }),
} as const
export type EventName = keyof typeof eventData

/** One event, not yet framed. `data` is JSON text on one line. `id`, the run's revision, stands on the last event of a revision alone; 0 on a reset. In the stream of all runs it is a number of the feed. */
export type RunEvent = { readonly event: EventName; readonly data: string; readonly id?: number }

/** Where a reader of a run's changes has got to: the kind of row, and the key of its last one. */
export type ChangesPlace =
  | { readonly kind: 'removed'; readonly after: readonly [kind: string, id: string] }
  | { readonly kind: 'steps'; readonly after: number }
  | { readonly kind: 'artifacts'; readonly after: string }

/** Asks for the rows beyond revision `since`, told to a reader who holds what was there at `known`. */
export type ChangesAsk = {
  readonly known: number
  readonly since: number
  /** The highest revision at which the reader's rows were seen. */
  readonly seen: number
  readonly from?: ChangesPlace | undefined
}

/** A part of a run's changes, all from one snapshot. `next` is where the part behind it begins; none: that was all. */
export type Changes =
  | {
      readonly kind: 'run'
      readonly revision: number
      /** The run as the data of `run.updated`. */
      readonly run: string
      /** Whether any step is as old as `seen`. If not, the run may have gone and come back, without tombstones. */
      readonly hasOlder: boolean
      readonly events: readonly RunEvent[]
      readonly next?: ChangesPlace | undefined
    }
  | { readonly kind: 'moved'; readonly revision: number; readonly to: string }
  | { readonly kind: 'gone'; readonly revision: number }
  | { readonly kind: 'unknown' }

export type ReadChanges = (run: string, ask: ChangesAsk) => Promise<Changes>
