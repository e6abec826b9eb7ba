import { z } from 'zod'
import { ArtifactPage } from '../model/artifact.ts'
import { isUuid } from '../model/uuid.ts'
import type { Queries } from '../store/queries.ts'
import { Problem } from './problem.ts'
import { parsedQuery, whole } from './query.ts'
import type { Route } from './route.ts'
import { runOf } from './run-of.ts'

const ArtifactsQuery = z.strictObject({ limit: whole(1, 500, 50), after: z.guid('Expected the `next` of a page').optional() })

/** Media types that no browser runs anything of; all others are handed out as bytes. */
const harmlessTypes: readonly string[] = [
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'application/json',
  'text/plain',
  'text/markdown',
  'text/csv',
]

/** Artifacts of runs. */
export const artifactRoutes = (queries: Queries): readonly Route[] => [
  {
    method: 'get',
    path: '/runs/:id/artifacts',
    summary: 'What a run has made or was given, in the order of the ids',
    query: ArtifactsQuery,
    answer: { schema: ArtifactPage },
    problems: [404, 410],
    handle: async (request, response) => {
      const { limit, after } = parsedQuery(ArtifactsQuery, request)
      const run = await runOf(queries, request, response)
      if (run === undefined) return
      const { items, next } = await queries.listArtifacts(run.id, after, limit)
      response.json({ items: [...items], next } satisfies ArtifactPage)
    },
  },
  {
    method: 'get',
    path: '/runs/:id/artifacts/:artifact/content',
    summary: 'The bytes of an artifact, where they were sent along: as an attachment that runs nothing',
    answer: { types: ['application/octet-stream', ...harmlessTypes], description: 'The bytes as the agent sent them' },
    problems: [404, 410],
    handle: async (request, response) => {
      const run = await runOf(queries, request, response)
      if (run === undefined) return
      const id = request.params['artifact'] ?? ''
      const content = isUuid(id) ? await queries.artifactContent(run.id, id) : undefined
      if (content === undefined) throw new Problem(404, 'There is no such artifact, or only its path and digest are known')
      const said = content.mime_type?.split(';', 1)[0]?.trim().toLowerCase() ?? ''
      response.attachment(nameOf(content.path)).set({
        'content-type': harmlessTypes.includes(said) ? said : 'application/octet-stream',
        'content-security-policy': "sandbox; default-src 'none'",
        etag: `"${content.sha256}"`,
      })
      response.end(content.bytes)
    },
  },
]

// A label of the agent's: its last part, without what a file system or a header could take for more.
const nameOf = (path: string): string =>
  path
    .split(/[\\/]/)
    .at(-1)
    ?.replace(/[^\w.() -]/g, '_')
    .slice(-100) || 'artifact'
