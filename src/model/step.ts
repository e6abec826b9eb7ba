import { z } from 'zod'
import { StepType } from './content.ts'
import { Instant } from './run.ts'

export const Step = z.object({
  id: z.guid(),
  run_id: z.guid(),
  sequence: z.number().int(),
  type: StepType,
  content: z.record(z.string(), z.json()),
  timestamp: Instant,
  /** Nanoseconds since the epoch as decimal digits; null where no clock said them. */
  timestamp_unix_nano: z.string().nullable(),
  latency_ms: z.number().nullable(),
  emitted_sequence: z.number().int().nullable(),
  trace_id: z.string().nullable(),
  span_id: z.string().nullable(),
  parent_step_id: z.guid().nullable(),
  /** Path of nested agents, outermost first; null on the run's own agent. */
  agent: z.array(z.string()).nullable(),
  attributes: z.record(z.string(), z.json()),
  revision: z.number().int(),
})
export type Step = z.infer<typeof Step>
