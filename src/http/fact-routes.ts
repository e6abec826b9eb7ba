import { z } from 'zod'
import { FactsPage } from '../model/api/facts.ts'
import { QuarantinedWhole, QuarantinePage } from '../model/api/quarantine.ts'
import type { JsonObject } from '../model/json.ts'
import { isUuid } from '../model/uuid.ts'
import { groupedFacts, type JsonFact, jsonFacts } from '../otlp/index.ts'
import type { FactsCursor } from '../store/facts.ts'
import type { Queries } from '../store/queries.ts'
import { Problem } from './problem.ts'
import { cursorPlace, cursorText, parsedQuery, text, whole } from './query.ts'
import type { Route } from './route.ts'
import { runOf } from './run-of.ts'

/** Bytes on the wire, and parts of the journal, that one page is made of at most. */
const maxPageBytes = 4 * 2 ** 20
const maxPageParts = 200

const cursor = text.max(500).optional()
const SpansQuery = z.strictObject({
  limit: whole(1, 500, 100),
  cursor,
  span: z
    .string('Expected one value')
    .regex(/^[0-9a-f]{16}$/i, 'Expected 16 hex digits')
    .optional()
    .meta({ description: 'The facts of this span alone' }),
})
const QuarantineQuery = z.strictObject({ limit: whole(1, 500, 50), cursor, run: z.guid('Expected the id of a run').optional() })

/** The facts of runs as they came, and what was refused. */
export const factRoutes = (queries: Queries): readonly Route[] => [
  {
    method: 'get',
    path: '/runs/:id/spans',
    summary: 'The facts of a run as OTLP/JSON: the spans and log records of its traces and conversations as they were received',
    description: 'In the order in which they were journalled. What was received twice may stand here twice until the journal is folded.',
    query: SpansQuery,
    answer: { schema: FactsPage },
    problems: [404, 410],
    handle: async (request, response) => {
      const { limit, cursor: at, span } = parsedQuery(SpansQuery, request)
      const run = await runOf(queries, request, response)
      if (run === undefined) return
      const asked = [run.id, span?.toLowerCase()]
      const from = at === undefined ? undefined : placeFrom(at, asked)
      const page = await collect(queries, run.id, from, { limit, span: span?.toLowerCase() })
      const { resourceSpans, resourceLogs } = groupedFacts(page.facts)
      const next = page.next === undefined ? null : cursorText([page.next.group, page.next.part, String(page.next.skipped)], asked)
      response.json({ resourceSpans, resourceLogs, next } satisfies FactsPage)
    },
  },
  {
    method: 'get',
    path: '/quarantine',
    summary: 'What was refused, newest first',
    query: QuarantineQuery,
    answer: { schema: QuarantinePage },
    handle: async (request, response) => {
      const { limit, cursor: at, run } = parsedQuery(QuarantineQuery, request)
      const [after] = at === undefined ? [] : cursorPlace(at, [run], z.tuple([z.string().regex(/^\d{1,18}$/)]))
      const { items, next } = await queries.pageQuarantine({ limit, run, after })
      response.json({ items: [...items], next: next === null ? null : cursorText([next], [run]) } satisfies QuarantinePage)
    },
  },
  {
    method: 'get',
    path: '/quarantine/:item',
    summary: 'One refused item with its bytes',
    answer: { schema: QuarantinedWhole },
    problems: [404],
    handle: async (request, response) => {
      const id = request.params['item'] ?? ''
      const found = /^\d{1,18}$/.test(id) ? await queries.findQuarantined(id) : undefined
      if (found === undefined) throw new Problem(404, `There is nothing with the number "${id.slice(0, 40)}" in quarantine`)
      response.json(found satisfies QuarantinedWhole)
    },
  },
]

/** A part of the journal, and how many of its items have been handed out. */
type Place = FactsCursor & { readonly skipped: number }

const PlaceText = z.tuple([z.string().refine(isUuid), z.string().regex(/^\d{1,19}$/), z.string().regex(/^\d{1,9}$/)])

const placeFrom = (at: string, asked: unknown): Place => {
  const [group, part, skipped] = cursorPlace(at, asked, PlaceText)
  return { group, part, skipped: Number(skipped) }
}

type Asked = { readonly limit: number; readonly span: string | undefined }
type Collected = { readonly facts: readonly JsonFact[]; readonly next: Place | undefined }

// Part by part: one may be large, and is not held longer than it is read.
const collect = async (
  queries: Pick<Queries, 'readFactParts'>,
  run: string,
  from: Place | undefined,
  { limit, span }: Asked,
): Promise<Collected> => {
  const facts: JsonFact[] = []
  let bytes = 0
  let after = from && partBefore(from)
  let skipped = from?.skipped ?? 0
  for (let parts = 0; ; parts += 1) {
    const [part] = await queries.readFactParts(run, after, 1)
    if (part === undefined) return { facts, next: undefined }
    let nth = skipped
    for (const fact of jsonFacts(part.signal, part.payload, skipped)) {
      if (facts.length >= limit || bytes > maxPageBytes || parts >= maxPageParts)
        return { facts, next: { group: part.group, part: part.part, skipped: nth } }
      nth += 1
      if (span !== undefined && !speaksOf(fact.item, span)) continue
      facts.push(fact)
      bytes += fact.bytes
    }
    after = { group: part.group, part: part.part }
    skipped = 0
  }
}

const partBefore = ({ group, part }: FactsCursor): FactsCursor => ({ group, part: String(BigInt(part) - 1n) })

const speaksOf = (item: JsonObject, span: string): boolean => item['spanId'] === span
