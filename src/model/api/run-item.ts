import { z } from 'zod'
import { Instant, RunStatus } from '../run.ts'

/** How many steps of each type a run has; types it has none of are left out. */
export const StepKinds = z.object({
  thought: z.number().int().optional(),
  tool_call: z.number().int().optional(),
  tool_result: z.number().int().optional(),
  error: z.number().int().optional(),
  plan_update: z.number().int().optional(),
})

/** A run as a list shows it. `input` and `output` are its first input and its last text or error on one line, 200 characters at most. */
export const RunItem = z
  .object({
    id: z.guid(),
    agent_id: z.string(),
    status: RunStatus,
    created_at: Instant,
    updated_at: Instant,
    ended_at: Instant.nullable(),
    duration_ms: z.number().nullable().meta({ description: 'Null while the run has not ended' }),
    session_id: z.string().nullable(),
    settled_at: Instant.nullable(),
    revision: z.number().int(),
    steps: z.number().int(),
    errors: z.number().int(),
    artifacts: z.number().int(),
    gaps: z.number().int().meta({ description: "Numbers that the agent's own count has left out" }),
    input_tokens: z.number().nullable(),
    output_tokens: z.number().nullable(),
    cost: z.number().nullable().meta({ description: 'US dollars' }),
    cost_source: z
      .string()
      .nullable()
      .meta({ description: 'The price list, with its version, that the cost or a part of it follows from; null: all of it was sent' }),
    input: z.string().nullable(),
    output: z.string().nullable(),
    models: z.array(z.string()),
    tools: z.array(z.string()),
    kinds: StepKinds,
    abandoned: z.boolean().meta({ description: 'No end was received' }),
    inferred: z.string().nullable().meta({ description: 'How the status was reached where the agent did not say it' }),
    parked: z.boolean().meta({ description: 'Its projection throws; the rows are as of before' }),
  })
  .meta({ id: 'RunItem' })
export type RunItem = z.infer<typeof RunItem>

/** A page of runs, newest first. `next` is the cursor of the page behind it. */
export const RunItemPage = z.object({ items: z.array(RunItem), next: z.string().nullable() }).meta({ id: 'RunItemPage' })
export type RunItemPage = z.infer<typeof RunItemPage>

const FacetValue = z.object({ value: z.string(), runs: z.number().int() })

/** What the newest runs of a query are, by value; most frequent first, 50 values at most each. */
export const RunFacets = z
  .object({
    of: z.number().int().meta({ description: 'Runs that were counted' }),
    capped: z.boolean().meta({ description: 'There are more runs than were counted' }),
    status: z.array(FacetValue),
    agent: z.array(FacetValue),
    model: z.array(FacetValue),
    tool: z.array(FacetValue),
  })
  .meta({ id: 'RunFacets' })
export type RunFacets = z.infer<typeof RunFacets>
