import { z } from 'zod'
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi'
import type { Route } from './route.ts'

export type OpenApi = ReturnType<typeof createDocument>

/** An error, by RFC 9457. */
const ProblemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
  })
  .meta({ id: 'Problem' })

const titles: Readonly<Record<number, string>> = {
  400: 'A parameter is not what it should be; `errors` names each with a pointer',
  401: 'A token is expected: RUNLEDGER_READ_TOKEN',
  403: 'The token, or the host or page the request comes from, is not for this',
  404: 'There is no such thing',
  410: 'It has been deleted',
  503: 'The database did not answer in time; `Retry-After` says when to try again',
}

const alwaysPossible = [400, 401, 403, 503]

const parameterDescriptions: Readonly<Record<string, string>> = {
  id: 'Id of a run, a UUID; ids are opaque',
  step: 'Id of a step',
  artifact: 'Id of an artifact',
  session: 'What the agent calls its session',
  item: 'Number of a refused item',
  traceId: 'A trace id of 1 to 32 hex digits',
}

/** The OpenAPI 3.1 document of these routes: made of the very schemas that check what is asked. */
export const openapiFrom = (routes: readonly Route[]): OpenApi => {
  const paths: ZodOpenApiPathsObject = {}
  for (const route of routes) {
    const path = `/api${route.path.replaceAll(/:(\w+)/g, '{$1}')}`
    paths[path] = { ...paths[path], [route.method]: operationFrom(route) }
  }
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'runledger',
      version: '1',
      description:
        'What AI agents did, in order: runs, steps and artifacts. Times are ISO 8601 in UTC; cursors are opaque; every list is bounded.',
    },
    security: [{ token: [] }, {}],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'One of RUNLEDGER_READ_TOKEN, where that is set' } },
    },
  })
}

const operationFrom = ({ path, summary, description, query, answer, problems = [] }: Route): ZodOpenApiOperationObject => {
  const names = [...path.matchAll(/:(\w+)/g)].map(match => match[1] ?? '')
  const parameters = Object.fromEntries(names.map(name => [name, z.string().meta({ description: parameterDescriptions[name] ?? name })]))
  return {
    summary,
    ...(description === undefined ? {} : { description }),
    requestParams: { ...(names.length === 0 ? {} : { path: z.object(parameters) }), ...(query === undefined ? {} : { query }) },
    responses: { ...answerFrom(answer), ...redirectOf(path), ...problemsFrom([...alwaysPossible, ...problems]) },
  }
}

const answerFrom = (answer: Route['answer']): ZodOpenApiOperationObject['responses'] => {
  if ('none' in answer) return { '204': { description: answer.none } }
  if ('schema' in answer) return { '200': { description: 'OK', content: { 'application/json': { schema: answer.schema } } } }
  const content = Object.fromEntries(answer.types.map(type => [type, { schema: z.string() }]))
  return { '200': { description: answer.description, content } }
}

const redirectOf = (path: string): ZodOpenApiOperationObject['responses'] =>
  path.startsWith('/runs/:id') ? { '307': { description: 'The run has another id by now' } } : {}

const problemsFrom = (statuses: readonly number[]): ZodOpenApiOperationObject['responses'] =>
  Object.fromEntries(
    [...new Set(statuses)]
      .sort()
      .map(status => [
        String(status),
        { description: titles[status] ?? 'Error', content: { 'application/problem+json': { schema: ProblemSchema } } },
      ]),
  )
