import { z } from 'zod'
import { StepType } from '../content.ts'
import { Instant, RunStatus } from '../run.ts'

/** A run that has something of a trace in it. */
const TraceRun = z.object({
  id: z.guid(),
  agent_id: z.string(),
  status: RunStatus,
  created_at: Instant,
  /** Its steps that are of this trace. */
  steps: z.number().int(),
})

/** A step that is of a trace: where its run has it. */
const TraceStep = z.object({
  id: z.guid(),
  run_id: z.guid(),
  sequence: z.number().int(),
  type: StepType,
  span_id: z.string().nullable(),
})

/** `off`: nobody said where a Jaeger is. `gone`: it answers, and has no such trace (any more). */
export const BackendState = z.enum(['off', 'found', 'gone', 'unreachable'])
export type BackendState = z.infer<typeof BackendState>

/**
 * What became of a trace: its runs, oldest first, and its steps in the order of their runs, at most 500 (`truncated`: there
 * are more), only those of one span where that was asked for. `link` is where the tracing backend shows it, `link_template`
 * the same with `{spanId}` open; both null without one.
 */
export const Trace = z
  .object({
    trace_id: z.string(),
    span_id: z.string().nullable(),
    runs: z.array(TraceRun),
    steps: z.array(TraceStep),
    truncated: z.boolean(),
    link: z.string().nullable(),
    link_template: z.string().nullable(),
    jaeger: BackendState,
  })
  .meta({ id: 'Trace' })
export type Trace = z.infer<typeof Trace>
