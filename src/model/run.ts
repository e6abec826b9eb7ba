import { z } from 'zod'

export const runStatuses = ['pending', 'running', 'completed', 'failed', 'cancelled'] as const
export const RunStatus = z.enum(runStatuses)
export type RunStatus = z.infer<typeof RunStatus>

/** ISO 8601, UTC, with `Z`. */
export const Instant = z.iso.datetime()

export const Run = z.object({
  id: z.guid(),
  agent_id: z.string(),
  task_input: z.json().nullable(),
  status: RunStatus,
  created_at: Instant,
  updated_at: Instant,
  metadata: z.record(z.string(), z.json()),
  ended_at: Instant.nullable(),
  session_id: z.string().nullable(),
  settled_at: Instant.nullable(),
  revision: z.number().int(),
  steps: z.number().int(),
  errors: z.number().int(),
  artifacts: z.number().int(),
  gaps: z.number().int(),
  input_tokens: z.number().nullable(),
  output_tokens: z.number().nullable(),
  cost: z.number().nullable(),
})
export type Run = z.infer<typeof Run>

/** A run with what stands beside its own figures: why it is parked, if it is, and how much of it lies in quarantine. */
export const RunDetail = Run.extend({ parked: z.string().nullable(), quarantined: z.number().int() })
export type RunDetail = z.infer<typeof RunDetail>
