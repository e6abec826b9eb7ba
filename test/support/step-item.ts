import { StepItem } from '../../src/model/api/step-item.ts'

/** A step as the API hands it out, with what a test says of it; `n` is its sequence and makes its id. */
export const stepItem = (n: number, of: Partial<StepItem> = {}): StepItem =>
  StepItem.parse({
    id: stepId(n),
    run_id: stepId(0xfff),
    sequence: n,
    type: 'thought',
    name: null,
    preview: '',
    bytes: 2,
    call_id: null,
    is_error: false,
    captured: true,
    has_reasoning: false,
    timestamp: new Date(1_700_000_000_000 + n).toISOString(),
    timestamp_unix_nano: null,
    latency_ms: null,
    emitted_sequence: null,
    trace_id: null,
    span_id: null,
    parent_step_id: null,
    agent: null,
    model: null,
    input_tokens: null,
    output_tokens: null,
    cached_tokens: null,
    cost: null,
    cost_source: null,
    finish_reason: null,
    artifacts: 0,
    revision: 1,
    ...of,
  })

/** The id of the step `stepItem` makes of a number. */
export const stepId = (n: number): string => `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`
