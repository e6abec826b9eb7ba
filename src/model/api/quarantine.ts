import { z } from 'zod'
import { Instant } from '../run.ts'

/** Something that was refused. The same bytes again only count up. */
export const Quarantined = z
  .object({
    id: z.string(),
    signal: z.string(),
    reason: z.string(),
    trace_id: z.string().nullable(),
    run_id: z.guid().nullable().meta({ description: 'The run its trace belongs to, where that is known' }),
    bytes: z.number().int(),
    times: z.number().int(),
    first_at: Instant,
    last_at: Instant,
  })
  .meta({ id: 'Quarantined' })
export type Quarantined = z.infer<typeof Quarantined>

export const QuarantinePage = z.object({ items: z.array(Quarantined), next: z.string().nullable() }).meta({ id: 'QuarantinePage' })
export type QuarantinePage = z.infer<typeof QuarantinePage>

/** With its bytes, as they came, in base64. */
export const QuarantinedWhole = Quarantined.extend({ payload: z.base64() }).meta({ id: 'QuarantinedWhole' })
export type QuarantinedWhole = z.infer<typeof QuarantinedWhole>
