import { z } from 'zod'
import { StepType } from '../content.ts'
import { Instant } from '../run.ts'

/** A step as a list shows it: without its content, of which `preview` is the beginning on 400 characters at most. */
export const StepItem = z
  .object({
    id: z.guid(),
    run_id: z.guid(),
    sequence: z.number().int(),
    type: StepType,
    name: z.string().nullable().meta({ description: 'The tool of a call or result, the code of an error' }),
    preview: z.string().meta({ description: 'Text, arguments, output, message or the items of a plan' }),
    bytes: z.number().int().meta({ description: 'Of the content as JSON' }),
    call_id: z.string().nullable(),
    is_error: z.boolean(),
    captured: z.boolean().meta({ description: 'False where the agent sent no content' }),
    has_reasoning: z.boolean(),
    timestamp: Instant,
    timestamp_unix_nano: z.string().nullable(),
    latency_ms: z.number().nullable(),
    emitted_sequence: z.number().int().nullable(),
    trace_id: z.string().nullable(),
    span_id: z.string().nullable(),
    parent_step_id: z.guid().nullable().meta({ description: "A result's call; the call below which a nested agent works" }),
    agent: z.array(z.string()).nullable().meta({ description: 'Path of nested agents, outermost first' }),
    model: z.string().nullable(),
    input_tokens: z.number().nullable(),
    output_tokens: z.number().nullable(),
    cached_tokens: z.number().nullable(),
    cost: z.number().nullable().meta({ description: 'US dollars' }),
    cost_source: z
      .string()
      .nullable()
      .meta({ description: 'The price list, with its version, that the cost follows from; null: it was sent' }),
    finish_reason: z.string().nullable(),
    artifacts: z.number().int(),
    revision: z.number().int(),
  })
  .meta({ id: 'StepItem' })
export type StepItem = z.infer<typeof StepItem>

/** A page of steps in their order. `next` is the `after` of the page behind it; `revision` the run's when the page was asked for. */
export const StepItemPage = z
  .object({ items: z.array(StepItem), next: z.number().int().nullable(), revision: z.number().int() })
  .meta({ id: 'StepItemPage' })
export type StepItemPage = z.infer<typeof StepItemPage>

/** A piece of one field of a step's content: its text, or its JSON as text. Offsets and lengths count characters. */
export const StepSlice = z
  .object({
    field: z.string(),
    offset: z.number().int(),
    length: z.number().int(),
    total: z.number().int(),
    json: z.boolean().meta({ description: 'The field is no text: `text` is JSON' }),
    text: z.string(),
  })
  .meta({ id: 'StepSlice' })
export type StepSlice = z.infer<typeof StepSlice>
