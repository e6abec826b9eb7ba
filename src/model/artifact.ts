import { z } from 'zod'

export const Artifact = z.object({
  id: z.guid(),
  step_id: z.guid(),
  run_id: z.guid(),
  role: z.string(),
  /** What the agent said: a label, never opened. */
  path: z.string(),
  mime_type: z.string().nullable(),
  size_bytes: z.number().int().nullable(),
  sha256: z.string().nullable(),
})
export type Artifact = z.infer<typeof Artifact>
