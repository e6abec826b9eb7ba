import { z } from 'zod'
import { RunItem } from './run-item.ts'

/** The runs of one session, oldest first, 500 a page. */
export const Session = z.object({ id: z.string(), items: z.array(RunItem), next: z.string().nullable() }).meta({ id: 'Session' })
export type Session = z.infer<typeof Session>
