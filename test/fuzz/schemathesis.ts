import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { runDemo } from '../../src/demo.ts'
import { RunItemPage } from '../../src/model/api/run-item.ts'
import { StepItemPage } from '../../src/model/api/step-item.ts'
import { createTestDatabase, stopTestServer } from '../support/database.ts'
import { startServer } from '../support/server.ts'

/**
 * `npm run test:fuzz -- [--examples N] [--program PATH]`: schemathesis reads the OpenAPI document of a server that holds runs and asks
 * for everything in it, once with made-up ids and once with ids that are there. Any 5xx, any answer outside the document fails.
 */
const { values } = parseArgs({
  options: { examples: { type: 'string', default: '100' }, program: { type: 'string', default: 'schemathesis' } },
})

const found = spawnSync(values.program, ['--version'], { encoding: 'utf8' })
if (found.status !== 0) {
  process.stderr.write(`NOT RUN: there is no ${values.program} here (pip install schemathesis); test/http/fuzz.test.ts runs without it\n`)
  process.exit(3)
}

// What a server that works answers to what it was not asked for is not in question: it must never break, nor step outside the document.
const checks =
  'not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance'

const fuzz = async (url: string, directory: string, name: string, parameters: Readonly<Record<string, string>>): Promise<boolean> => {
  const config = join(directory, `${name}.toml`)
  const lines = Object.entries(parameters).map(([key, value]) => `"${key}" = ${JSON.stringify(value)}`)
  await writeFile(config, `${lines.length === 0 ? '' : `[parameters]\n${lines.join('\n')}\n`}`)
  const spared = lines.length === 0 ? [] : ['--exclude-method', 'DELETE']
  const args = ['run', `${url}/api/openapi.json`, '--checks', checks, '--max-examples', values.examples, ...spared]
  const [status] = await once(spawn(values.program, ['--config-file', config, ...args], { stdio: 'inherit', cwd: directory }), 'exit')
  return status === 0
}

const jsonOf = async (url: string): Promise<unknown> => (await fetch(url)).json()

const database = await createTestDatabase()
const server = await startServer(database.url)
const directory = await mkdtemp(join(tmpdir(), 'runledger-fuzz-'))
try {
  for (let n = 0; n < 3; n += 1) await runDemo({ api: server.api, otlp: server.otlp })
  const unidentified = { traceId: '', spanId: '', name: 'of no trace' }
  const refused = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [unidentified] }] }] })
  await fetch(`${server.otlp}/v1/traces`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: refused })
  const [run, other] = RunItemPage.parse(await jsonOf(`${server.api}/api/runs`)).items
  const steps = StepItemPage.parse(await jsonOf(`${server.api}/api/runs/${run?.id}/steps`)).items
  const { rows } = await database.db.raw('select id from obs_artifacts where run_id = ?', [run?.id ?? null])
  const ids = {
    'path.id': run?.id ?? '',
    'path.step': steps[0]?.id ?? '',
    'path.artifact': rows[0]?.id ?? '',
    'path.traceId': steps[0]?.trace_id ?? '',
    'path.item': '1',
    'query.a': run?.id ?? '',
    'query.b': other?.id ?? '',
  }
  const isWell = (await fuzz(server.api, directory, 'made-up', {})) && (await fuzz(server.api, directory, 'there', ids))
  process.exitCode = isWell ? 0 : 1
} finally {
  await rm(directory, { recursive: true, force: true })
  await server.stop()
  await database.drop()
  await stopTestServer()
}
