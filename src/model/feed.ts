import { z } from 'zod'
import { RunStatus } from './run.ts'

/** What a filter of all runs' events looks at. */
export type FeedFacts = { readonly status: RunStatus | null; readonly agent: string | null; readonly session: string | null }

/** One place of the feed: run `run` went from revision `since` to `revision`. */
export type FeedEntry = FeedFacts & {
  readonly feed: number
  readonly run: string
  readonly since: number
  readonly revision: number
  /** The run had gone at one of these revisions; it may be back. */
  readonly gone: boolean
  /** What the entry before it said of the run; absent where that is not kept any more, or never was. */
  readonly was: FeedFacts | undefined
}

/** Entries behind a place, oldest first. `floor` and `head`: the oldest and the newest entry there is, 0 where there is none. */
export type FeedPage = { readonly floor: number; readonly head: number; readonly entries: readonly FeedEntry[] }

export type ReadFeed = (after: number, limit: number) => Promise<FeedPage>

export const feedKinds = ['run', 'step', 'artifact'] as const
export type FeedKind = (typeof feedKinds)[number]

/** Which runs a reader of all runs wants to hear of, and what of them; all where nothing is said. */
export const FeedFilter = z.object({
  status: RunStatus.optional(),
  agent: z.string().optional(),
  session: z.string().optional(),
  run: z.guid().optional(),
  kinds: z.array(z.enum(feedKinds)).optional(),
})
export type FeedFilter = z.infer<typeof FeedFilter>
