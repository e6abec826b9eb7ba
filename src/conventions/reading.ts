import type { PlanItem, StepType } from '../model/content.ts'
import type { Json, JsonObject } from '../model/json.ts'
import type { PricedUsage } from '../model/price.ts'
import type { RunStatus } from '../model/run.ts'

/**
 * What a span is to a run. `transport` (MCP) is a call by itself, or folds into the call above it whatever its name;
 * `detail` adds what it says to the nearest model call or tool call above it and is never a step; `other` keeps the tree together.
 */
export type Role = 'agent' | 'model' | 'tool' | 'transport' | 'plan' | 'detail' | 'other'

/** What the agent itself numbered and typed (`agent.*`): wins over everything else. Values of a wrong type are absent here. */
export type Told = {
  /** As sent; `conventions/identity.ts` makes a UUID of it. */
  readonly runId?: string
  readonly stepType?: StepType
  readonly sequence?: number
  readonly resultSequence?: number
  readonly content?: JsonObject
  readonly result?: { readonly output: Json; readonly isError: boolean }
  readonly callId?: string
}

export type RunFacts = {
  readonly sessionId?: string
  readonly userId?: string
  readonly taskInput?: Json
  readonly status?: RunStatus
  readonly metadata?: JsonObject
  /** The final answer as an agent-level span tells it: evidence that it ended well, never a step. */
  readonly output?: string
}

export type Plan = {
  readonly items: readonly PlanItem[]
  /** `patch`: items are merged by id into the plan before; `replace`: they are the plan. */
  readonly mode: 'replace' | 'patch'
  readonly explanation?: string
  readonly text?: string
}

/** A file that was read or made. Without a path its bytes lay inline; the ledger names it. */
export type FilePart = {
  readonly role: string
  readonly path?: string
  readonly mimeType?: string
  readonly sizeBytes?: number
  readonly sha256?: string
  readonly content?: Uint8Array
}

/** A tool call a model asked for: one part of its output, in its order. */
export type CallPart = {
  readonly id?: string
  readonly name: string
  /** Parsed where it was JSON text, else the text; absent where it was not captured. */
  readonly arguments?: Json
  readonly plan?: Plan
  readonly files?: readonly FilePart[]
  /** Run by the provider: call and result are both in model outputs, no span tells of them. */
  readonly server?: boolean
}

export type ResultPart = {
  readonly callId?: string
  readonly name?: string
  readonly output: Json
  readonly isError?: boolean
  /** Nobody said that it failed; the shape of its output does. */
  readonly errorInferred?: true
}

/** What a model call was given that is new: the tail of its input after the last assistant message. */
export type Given = {
  readonly input?: Json
  readonly results: readonly ResultPart[]
  readonly files: readonly FilePart[]
  /** Reasoning that only the replayed history tells, of the assistant turn just before the tail. */
  readonly reasoning?: string
  /** One message of the input, told alone: whose turn it is. The ledger puts the messages of one call together. */
  readonly turn?: 'assistant' | 'other'
}

/** What a tool span (or a log about a call) says of its call. */
export type CallFacts = {
  readonly id?: string
  readonly name?: string
  readonly arguments?: Json
  /** A summary of the arguments: shown where nobody tells them whole. */
  readonly outline?: Json
  readonly output?: Json
  readonly isError?: boolean
  readonly errorInferred?: boolean
  readonly server?: string
  readonly plan?: Plan
  readonly files?: readonly FilePart[]
}

export type ErrorFacts = { readonly message: string; readonly code?: string; readonly traceback?: string }

export type Usage = PricedUsage & {
  readonly reasoningTokens?: number
  /** As sent; USD where the vocabulary says so. */
  readonly cost?: number
  /** Normalised: stop, length, tool_call, content_filter, error, …; as sent where unknown. */
  readonly finish?: string
  readonly responseId?: string
}

/**
 * For vocabularies that put several runs into one conversation. `key`: the run's own name within it (Claude Code's prompt
 * id); `opens`: a run starts here and goes on to the next one that opens.
 */
export type Episode = { readonly conversation: string; readonly key?: string; readonly opens?: boolean }

/** What one vocabulary says of one item. Every field may come from another vocabulary: `precedence.ts` decides field by field. */
export type Said = {
  readonly role?: Role
  readonly told?: Told
  /** `nested`: an agent below the run's own, which has no span. `wraps`: a workflow, which is called so where no agent in it has a name. */
  readonly agent?: { readonly id?: string; readonly name?: string; readonly nested?: true; readonly wraps?: true }
  readonly run?: RunFacts
  readonly episode?: Episode
  readonly text?: string
  readonly reasoning?: string
  /** Of a detail: a streamed piece of its model call's output; nobody says whether it was thought or said. */
  readonly fragment?: string
  readonly calls?: readonly CallPart[]
  /** Results of server tools in the model's own output. */
  readonly results?: readonly ResultPart[]
  readonly files?: readonly FilePart[]
  readonly given?: Given
  readonly call?: CallFacts
  readonly plan?: Plan
  readonly error?: ErrorFacts
  readonly usage?: Usage
  /** Further choices of one model call, as sent: kept, never steps. */
  readonly choices?: readonly Json[]
  readonly cancelled?: boolean
  /** An agent by nothing but an agent's id, which may have been stamped on it. */
  readonly stamped?: true
  /** Attributes whose values were of a wrong type or range: not believed, kept in `rest`, counted. */
  readonly ignored?: readonly string[]
  /** `false`: the agent sends no content (capture is off, or redacted). `true`: it does, whatever a weaker vocabulary misses here. */
  readonly captured?: boolean
  /** A vocabulary's own counter: orders items of one run whose times are equal or unreliable. */
  readonly ordinal?: number
  /** Of a log about a model call: it was written beside the call, in whatever span was around; one of a name for each call. */
  readonly beside?: true
  // What a pending span or a start event corrects about itself; a log, when what it tells began:
  readonly about?: Reading['about']
  readonly state?: Reading['state']
  readonly spanId?: string
  readonly parent?: string | null
  readonly name?: string
  readonly start?: bigint
}

/**
 * What one span or log record says, freed of its vocabulary. Times in ns since the epoch (0: unknown).
 * The same fact told twice has the same `key`; `state`, `end`, then `digest` say which telling counts.
 */
export type Reading = Omit<Said, 'about' | 'state' | 'spanId' | 'parent' | 'name' | 'start'> & {
  /** `{trace}/{span}` for whatever tells of a span itself, `log/{digest}` else. Unique in its group. */
  readonly key: string
  /** The group's UUID. */
  readonly group: string
  readonly digest: string
  readonly state: 'started' | 'ended'
  /** A log record adds to the model call, the call or the run it belongs to (by span id, else the nth in group and agent). */
  readonly about: 'span' | 'model' | 'call' | 'run'
  readonly traceId?: string
  readonly spanId?: string
  readonly parent?: string
  /** Its parent is there, in another run. */
  readonly liesElsewhere?: boolean
  readonly name: string
  readonly start: bigint
  readonly end: bigint | 'open'
  readonly status: 'unset' | 'ok' | 'error'
  /** With what probability a sampler kept it, below 1, and where that was said. */
  readonly sampling?: { readonly probability: number; readonly by: string }
  readonly statusMessage?: string
  readonly role: Role
  /** `agent.run.id`, `agent.id`, … said by the resource: weaker than anything a span or its ancestors say. */
  readonly resource?: { readonly runId?: string; readonly agent?: Said['agent']; readonly service?: string; readonly run?: RunFacts }
  /** Attributes that nobody consumed, and values that lost by precedence but say something else. */
  readonly rest: JsonObject
}
