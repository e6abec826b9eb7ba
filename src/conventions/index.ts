import type { Item } from '../model/fact.ts'
import { claudeCode } from './claude-code.ts'
import { codex } from './codex.ts'
import type { Convention } from './convention.ts'
import { genai } from './genai.ts'
import { genaiEvents } from './genai-events.ts'
import { genaiLegacy } from './genai-legacy.ts'
import { generic } from './generic.ts'
import { genkit } from './genkit.ts'
import { googleAdk } from './google-adk.ts'
import { haystack } from './haystack.ts'
import { langfuse } from './langfuse.ts'
import { langsmith } from './langsmith.ts'
import { litellm } from './litellm.ts'
import { logfire } from './logfire.ts'
import { loongsuite } from './loongsuite.ts'
import { mastra } from './mastra.ts'
import { mcp } from './mcp.ts'
import { microsoft } from './microsoft.ts'
import { native, nativeAgent } from './native.ts'
import { openinference } from './openinference.ts'
import { openllmetry } from './openllmetry.ts'
import { pydanticAi } from './pydantic-ai.ts'
import { readItem as readWith } from './read-item.ts'
import type { Reading } from './reading.ts'
import { strands } from './strands.ts'
import { traceloop } from './traceloop.ts'
import { vercel } from './vercel.ts'

export type { Convention } from './convention.ts'
export { identify, identityKeys } from './identity.ts'
export type { Reading } from './reading.ts'

/** Every vocabulary we know, strongest first: where two speak on one span, the earlier one is believed (precedence.ts has the exceptions). */
export const conventions: readonly Convention[] = [
  native,
  claudeCode,
  codex,
  logfire,
  mcp,
  googleAdk,
  strands,
  mastra,
  microsoft,
  genkit,
  langfuse,
  openllmetry,
  genai,
  vercel,
  openinference,
  langsmith,
  traceloop,
  haystack,
  pydanticAi,
  genaiEvents,
  genaiLegacy,
  litellm,
  loongsuite,
  generic,
  nativeAgent,
]

const ours: ReadonlySet<Convention> = new Set([native])

/** What one span or log record says, freed of its vocabulary. Total and pure. */
export const readItem = (item: Item): Reading => readWith(item, conventions, ours)

/** The same with a user's `own` vocabularies: stronger than all we know but our own. */
export const readItemWith = (own: readonly Convention[]): ((item: Item) => Reading) => {
  const spoken = [native, ...own, ...conventions.filter(one => one !== native)]
  const strongest = new Set([native, ...own])
  return item => readWith(item, spoken, strongest)
}
