import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { z } from 'zod'
import { runDemo } from '../../src/demo.ts'
import { RunItemPage } from '../../src/model/api/run-item.ts'
import { StepItemPage } from '../../src/model/api/step-item.ts'
import { testServer } from '../support/server.ts'

const Parameter = z.object({
  name: z.string(),
  in: z.enum(['path', 'query']),
  schema: z.looseObject({ enum: z.array(z.string()).optional(), type: z.string().optional(), minimum: z.number().optional() }),
})
type Parameter = z.infer<typeof Parameter>
const Answers = z.record(z.string(), z.object({ content: z.record(z.string(), z.unknown()).optional() }))
const Operation = z.object({ parameters: z.array(Parameter).default([]), responses: Answers })
const Document = z.object({ paths: z.record(z.string(), z.record(z.string(), Operation)) })

const text: unknown = JSON.parse(readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8'))
const { paths } = Document.parse(text)
const operations = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
)
const requestsAnOperation = 60

/** Odd values of every parameter: what breaks SQL, paths, numbers and cursors, and what is right. */
const odd = fc.oneof(
  fc.constantFrom(
    '',
    '0',
    '-1',
    '1e9',
    '2147483648',
    '99999999999999999999',
    'NaN',
    '[]',
    '\u0000',
    '%',
    "' or 1=1 --",
    '\ud800',
    '__proto__',
  ),
  fc.constantFrom('cost>', 'status:', 'duration>1', 'has:gap -tool:x "a b"', '\\', '*:&|!()', 'from:2026-02-31', 'cost>1e400', 'tokens>1k'),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ minLength: 900, maxLength: 1_100 }),
  fc.uuid(),
  fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('9999-12-31') }).map(date => date.toISOString()),
)

const anyOf = ({ schema, name }: Parameter, known: ReadonlyMap<string, readonly string[]>): fc.Arbitrary<string> => {
  const right = known.get(name) ?? schema.enum ?? []
  const numbers =
    schema.type === 'integer' ? [fc.oneof(fc.nat(600), fc.integer({ min: schema.minimum ?? 0, max: 2 ** 31 - 1 })).map(String)] : []
  return fc.oneof(odd, ...numbers, ...(right.length === 0 ? [] : [{ weight: 12, arbitrary: fc.constantFrom(...right) }]))
}

/** Absent, `absent` times as often as there. */
const sometimes = (absent: number, value: fc.Arbitrary<string>): fc.Arbitrary<string | undefined> =>
  fc.oneof({ weight: absent, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value })

const requestOf = (path: string, parameters: readonly Parameter[], known: ReadonlyMap<string, readonly string[]>): fc.Arbitrary<string> => {
  const optional = parameters.filter(p => p.in === 'query').map(p => [p.name, sometimes(2, anyOf(p, known))])
  const strange = sometimes(12, odd)
  const query = fc.record({ ...Object.fromEntries(optional), strange })
  const named = fc.record(Object.fromEntries(parameters.filter(p => p.in === 'path').map(p => [p.name, anyOf(p, known)])))
  return fc.tuple(named, query).map(([names, asked]) => {
    const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(names[name]).toWellFormed() || '%20'))
    const given = Object.entries(asked).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value).toWellFormed()] as const],
    )
    return `${filled}?${new URLSearchParams(Object.fromEntries(given))}`
  })
}

describe('every operation of the OpenAPI document, asked for anything', () => {
  const server = testServer()
  const known = new Map<string, readonly string[]>()
  const ajv = new Ajv2020({ strict: false, validateFormats: false })

  before(async function () {
    this.timeout(60_000)
    ajv.addSchema(z.record(z.string(), z.unknown()).parse(text), 'openapi.json')
    for (let n = 0; n < 2; n += 1) await runDemo({ api: server.api, otlp: server.otlp })
    const json = async (path: string): Promise<unknown> => (await fetch(`${server.api}/api${path}`)).json()
    const runs = RunItemPage.parse(await json('/runs')).items.map(run => run.id)
    const steps = StepItemPage.parse(await json(`/runs/${runs[0]}/steps`)).items
    const artifacts = await server.db('obs_artifacts').pluck('id')
    const traces = steps.flatMap(step => step.trace_id ?? [])
    for (const name of ['id', 'a', 'b', 'run']) known.set(name, runs)
    for (const [name, values] of Object.entries({ step: steps.map(step => step.id), artifact: artifacts, traceId: traces, trace: traces }))
      known.set(name, values)
  })

  for (const { path, method, operation } of operations)
    it(`${method.toUpperCase()} ${path} answers as the document has it, and never with 5xx`, async () => {
      // The runs are still wanted: nothing that is there is deleted.
      const there = method === 'delete' ? new Map<string, readonly string[]>() : known
      await fc.assert(
        fc.asyncProperty(requestOf(path, operation.parameters, there), async asked => {
          const response = await fetch(`${server.api}${asked}`, { method, redirect: 'manual' })
          const body = await response.text()
          const shown = `${method} ${asked}: ${response.status} ${body.slice(0, 300)}`
          assert.ok(response.status < 500, shown)
          const answer = operation.responses[response.status]
          assert.ok(answer !== undefined, `not in the document: ${shown}`)
          const type = response.headers.get('content-type')?.split(';', 1)[0] ?? ''
          if (answer.content === undefined) return assert.equal(body, '', shown)
          assert.ok(type in answer.content, `${type} is not in the document: ${shown}`)
          if (type.endsWith('json')) assert.deepEqual(mistakes(path, method, response.status, type, JSON.parse(body)), [], shown)
        }),
        { numRuns: requestsAnOperation },
      )
    })

  const mistakes = (path: string, method: string, status: number, type: string, body: unknown): readonly unknown[] => {
    const pointer = ['paths', path, method, 'responses', String(status), 'content', type, 'schema']
      .map(part => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')))
      .join('/')
    const validate = ajv.getSchema(`openapi.json#/${pointer}`) ?? ajv.compile({ $ref: `openapi.json#/${pointer}` })
    return validate(body) === true ? [] : (validate.errors ?? [])
  }
})
