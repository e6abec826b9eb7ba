import { z } from 'zod'

export const stepTypes = ['thought', 'tool_call', 'tool_result', 'error', 'plan_update'] as const
export const StepType = z.enum(stepTypes)
export type StepType = z.infer<typeof StepType>

export const planItemStatuses = ['pending', 'in_progress', 'completed', 'cancelled'] as const
export const PlanItem = z.object({
  id: z.string().optional(),
  title: z.string(),
  status: z.enum(planItemStatuses),
})
export type PlanItem = z.infer<typeof PlanItem>

/** `false` where the agent was set up to send no content; absent otherwise. */
const contentCaptured = z.literal(false).optional()

export const ThoughtData = z.object({
  text: z.string(),
  reasoning: z.string().nullish(),
  content_captured: contentCaptured,
})
export type ThoughtData = z.infer<typeof ThoughtData>

export const ToolCallData = z.object({
  tool_name: z.string(),
  arguments: z.record(z.string(), z.json()),
  call_id: z.string().optional(),
  content_captured: contentCaptured,
})
export type ToolCallData = z.infer<typeof ToolCallData>

export const ToolResultData = z.object({
  tool_name: z.string(),
  output: z.json(),
  is_error: z.boolean(),
  call_id: z.string().optional(),
  content_captured: contentCaptured,
})
export type ToolResultData = z.infer<typeof ToolResultData>

export const ErrorData = z.object({
  message: z.string(),
  traceback: z.string().nullish(),
  code: z.string().nullish(),
})
export type ErrorData = z.infer<typeof ErrorData>

export const PlanUpdateData = z.object({
  items: z.array(PlanItem),
  explanation: z.string().optional(),
  text: z.string().optional(),
})
export type PlanUpdateData = z.infer<typeof PlanUpdateData>

/** The content of a step, by its type (`data` of an event). */
export const contents = {
  thought: ThoughtData,
  tool_call: ToolCallData,
  tool_result: ToolResultData,
  error: ErrorData,
  plan_update: PlanUpdateData,
} as const
