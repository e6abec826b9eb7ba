import { z } from 'zod'
import { Instant } from '../run.ts'

const figures = {
  runs: z.number().int(),
  failed: z.number().int(),
  input_tokens: z.number(),
  output_tokens: z.number(),
  cost: z.number(),
}

/** Figures of the newest runs of a time range. */
export const Stats = z
  .object({
    from: Instant,
    to: Instant,
    of: z.number().int().meta({ description: 'Runs that were counted' }),
    capped: z.boolean().meta({ description: 'There are more runs than were counted' }),
    hours: z.array(z.object({ hour: Instant, ...figures })),
    agents: z.array(z.object({ agent: z.string(), ...figures, p50_ms: z.number().nullable(), p95_ms: z.number().nullable() })),
    models: z.array(
      z.object({ model: z.string(), calls: z.number().int(), input_tokens: z.number(), output_tokens: z.number(), cost: z.number() }),
    ),
    tools: z.array(
      z.object({
        tool: z.string(),
        calls: z.number().int(),
        errors: z.number().int(),
        p50_ms: z.number().nullable(),
        p95_ms: z.number().nullable(),
      }),
    ),
  })
  .meta({ id: 'Stats' })
export type Stats = z.infer<typeof Stats>

/** What is on its way through the stages, what was put aside, and what this server was last sent. */
export const Intake = z
  .object({
    last_request: z
      .object({ at: Instant, signal: z.string(), items: z.number().int(), outcome: z.enum(['success', 'refused', 'failure']) })
      .nullable()
      .meta({ description: 'To this server since its start' }),
    requests: z.number().int().meta({ description: 'To this server since its start' }),
    groups: z.number().int().meta({ description: 'Traces and conversations in the journal; an estimate' }),
    without_run: z.number().int().nullable().meta({ description: 'Groups that made no run, up to 1,000; null in large databases' }),
    inbox_requests: z.number().int(),
    inbox_bytes: z.number(),
    inbox_oldest_seconds: z.number(),
    dirty_groups: z.number().int(),
    parked_groups: z.number().int(),
    quarantined: z.number().int(),
    receivers: z.number().int().meta({ description: 'Servers on this database that were heard of in the last 15 s' }),
  })
  .meta({ id: 'Intake' })
export type Intake = z.infer<typeof Intake>
