import { z } from 'zod'
import type { JsonObject } from '../json.ts'

const Level = z
  .custom<JsonObject>(value => typeof value === 'object' && value !== null)
  .meta({ override: { type: 'object', additionalProperties: true } })

/** Facts as they were received, as OTLP/JSON (`TracesData`, `LogsData`), each once. `next` is the cursor of the page behind it. */
export const FactsPage = z
  .object({ resourceSpans: z.array(Level), resourceLogs: z.array(Level), next: z.string().nullable() })
  .meta({ id: 'FactsPage' })
export type FactsPage = z.infer<typeof FactsPage>
