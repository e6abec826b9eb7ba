import { z } from 'zod'

/** Stands for a JSON value too large to hand out unasked: its first characters as text, its size as JSON, where it lies whole. */
export const Preview = z.object({ preview: z.string(), bytes: z.number().int(), href: z.string() })
export type Preview = z.infer<typeof Preview>
