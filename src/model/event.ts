import { z } from 'zod'
import { contents, StepType } from './content.ts'
import { Instant } from './run.ts'

const base = { run_id: z.guid(), step_id: z.guid(), sequence: z.number().int(), timestamp: Instant }

/** One step in the event stream: exactly the data model's seven fields. */
export const EventPayload = z.discriminatedUnion('type', [
  z.object({ ...base, type: z.literal(StepType.enum.thought), data: contents.thought }),
  z.object({ ...base, type: z.literal(StepType.enum.tool_call), data: contents.tool_call }),
  z.object({ ...base, type: z.literal(StepType.enum.tool_result), data: contents.tool_result }),
  z.object({ ...base, type: z.literal(StepType.enum.error), data: contents.error }),
  z.object({ ...base, type: z.literal(StepType.enum.plan_update), data: contents.plan_update }),
])
export type EventPayload = z.infer<typeof EventPayload>
