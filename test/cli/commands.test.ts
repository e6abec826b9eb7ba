import assert from 'node:assert/strict'
import { execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet'
import { runDemo } from '../../src/demo.ts'
import { drained } from '../support/drained.ts'
import { testServer } from '../support/server.ts'

const cli = join(import.meta.dirname, '..', '..', 'src', 'cli.ts')

type Ended = { readonly code: number | null; readonly out: string; readonly err: string }

const runCli = async (args: readonly string[], environment: Readonly<Record<string, string>>): Promise<Ended> => {
  const child = spawn(process.execPath, [cli, ...args], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [out, err] = ['', '']
  child.stdout.on('data', (piece: Buffer) => (out += piece.toString()))
  child.stderr.on('data', (piece: Buffer) => (err += piece.toString()))
  const [code] = await once(child, 'close')
  return { code: typeof code === 'number' ? code : null, out, err }
}

const lines = ({ out }: Ended): unknown[] =>
  out
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line))

/** Runs a command as on a terminal. */
const terminal = 'script'

const hasScript = ((): boolean => {
  try {
    execFileSync(terminal, ['--version'])
    return true
  } catch {
    return false
  }
})()

describe('runledger', function () {
  this.timeout(120_000)
  const server = testServer()
  const other = testServer()
  let folder = ''
  let run = ''
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'runledger-cli-'))
    run = /[0-9a-f-]{36}/.exec(await runDemo(server))?.[0] ?? ''
    await drained(server.db)
  })
  after(() => rmSync(folder, { recursive: true, force: true }))
  const environment = (): Record<string, string> => ({
    RUNLEDGER_URL: server.api,
    DATABASE_URL: server.url,
    RUNLEDGER_DATA_DIR: folder,
    RUNLEDGER_LOG_LEVEL: 'error',
  })
  const runledger = (...args: string[]): Promise<Ended> => runCli(args, environment())

  describe('exit codes', () => {
    for (const [args, code, says] of [
      [['--help'], 0, /Exit codes/],
      [['nope'], 3, /unknown command/],
      [['runs', '--nope'], 3, /unknown option/],
      [['runs', '-n', 'x'], 3, /expected a number of runs/],
      [['runs', '--status', 'done'], 3, /Expected one of pending/],
      [['runs', '--agent', 'nobody'], 6, /There are no such runs/],
      [['runs', '--fail-on', 'error'], 7, /1 of 1 runs/],
      [['runs', '--url', 'http://127.0.0.1:9'], 5, /No runledger answers/],
      [['show', 'xyz'], 3, /Expected the id of a run/],
      [['show', '00000000'], 6, /no run whose id begins/],
      [['delete', '00000000'], 6, /no run/],
      [['export', '--format', 'xml'], 3, /Allowed choices/],
      [['import', '/does/not/exist'], 6, /no file/],
      [['rebuild'], 3, /Say what is to be rebuilt/],
    ] as const)
      it(`${args.join(' ')} ends with ${code}`, async () => {
        const ended = await runledger(...args)
        assert.equal(ended.code, code, ended.err)
        assert.match(ended.out + ended.err, says)
      })

    it('ends with 4 where a token is wanted', async () => {
      await server.restart({ readTokens: ['secret'] })
      const [without, withToken] = [await runledger('runs'), await runCli(['runs'], { ...environment(), RUNLEDGER_READ_TOKEN: 'secret' })]
      await server.restart()
      assert.deepEqual([without.code, withToken.code], [4, 0])
    })
  })

  it('lists and shows runs as lines of JSON where nobody sits at a terminal, by the beginning of an id too', async () => {
    const [listed] = lines(await runledger('runs'))
    assert.equal(Reflect.get(Object(listed), 'id'), run)
    const shown = lines(await runledger('show', run.slice(0, 6)))
    assert.equal(shown.length, 10)
    const [step] = lines(await runledger('show', run, '--step', '5'))
    assert.equal(Reflect.get(Object(Reflect.get(Object(step), 'content')), 'is_error'), true)
  })

  it('draws tables on a terminal, with colours unless NO_COLOR is set', async function () {
    if (!hasScript) {
      console.log('      skipped: there is no script(1) here to make a terminal')
      return this.skip()
    }
    const onTerminal = async (more: Readonly<Record<string, string>>): Promise<string> =>
      (
        await promisify(execFile)(terminal, ['-qec', `${process.execPath} ${cli} runs`, '/dev/null'], {
          env: { PATH: process.env['PATH'], HOME: process.env['HOME'], TERM: 'xterm', ...environment(), ...more },
        })
      ).stdout
    const control = String.fromCharCode(27)
    const shown = await onTerminal({})
    assert.match(shown, /weather-agent/)
    assert.ok(shown.includes(control))
    assert.ok(!(await onTerminal({ NO_COLOR: '1' })).includes(control))
  })

  it('follows a run until its end, and compares two', async () => {
    const followed = await runledger('tail', run, '--until-end')
    assert.equal(followed.code, 0)
    assert.equal(lines(followed).filter(line => Reflect.get(Object(line), 'event') === 'step.added').length, 9)
    const [comparison] = lines(await runledger('diff', run, run))
    assert.equal(Reflect.get(Object(comparison), 'first_divergence'), null)
  })

  it('doctor sends a span and reads it back, and says so where it does not come', async () => {
    const found = await runledger('doctor')
    assert.equal(found.code, 0, found.out + found.err)
    assert.match(found.out, /read back as run/)
    const lost = await runledger('doctor', '--endpoint', 'http://127.0.0.1:9', '--timeout', '1s')
    assert.equal(lost.code, 6)
    const away = await runledger('doctor', '--endpoint', other.api, '--timeout', '1s')
    assert.equal(away.code, 6)
    assert.match(away.out, /took it, but/)
  })

  it('exports the journal, takes it in elsewhere, and the rows are the same', async () => {
    const out = join(folder, 'otlp')
    assert.equal((await runledger('export', run, '--format', 'otlp', '--out', out)).code, 0)
    assert.deepEqual(readdirSync(out).toSorted(), ['logs.otlp', 'traces.otlp'])
    const imported = await runCli(['import', out], { ...environment(), RUNLEDGER_URL: other.api })
    assert.equal(imported.code, 0, imported.err)
    await drained(other.db)
    const dump = (db: typeof server.db) =>
      db('obs_steps').where('run_id', run).orderBy('sequence').select('id', 'sequence', 'content', 'attributes')
    assert.deepEqual(await dump(other.db), await dump(server.db))
    truncateSync(join(out, 'traces.otlp'), 50)
    const cut = await runledger('import', out)
    assert.equal(cut.code, 3)
    assert.match(cut.err, /ends in the middle/)
  })

  it('sends the journal on to another backend', async () => {
    await runCli(['delete', run, '--yes'], { ...environment(), RUNLEDGER_URL: other.api })
    const bodies: string[] = []
    const { createServer } = await import('node:http')
    const backend = createServer((request, response) => {
      bodies.push(`${request.url} ${request.headers['x-key']}`)
      request.resume().on('end', () => response.end())
    }).listen(0, '127.0.0.1')
    await once(backend, 'listening')
    const address = backend.address()
    const port = typeof address === 'object' ? address?.port : 0
    const ended = await runledger('replay', run, '--to', `http://127.0.0.1:${port}`, '--header', 'x-key: abc')
    backend.close()
    assert.equal(ended.code, 0, ended.err)
    assert.ok(bodies.length > 0 && bodies.every(body => body === '/v1/traces abc'))
  })

  it('asks the database for what an abbreviated id stands for', async () => {
    assert.match((await runledger('export', 'ffffffff', '--format', 'md')).err, /no run whose id begins with ffffffff/)
    assert.equal((await runledger('export', 'ffffffff', '--format', 'md')).code, 6)
    assert.equal((await runledger('rebuild', run.slice(0, 8))).code, 0)
    assert.equal((await runledger('replay', 'no-id', '--to', 'http://127.0.0.1:9')).code, 3)
  })

  it('exports lines, chats, documents and tables', async () => {
    const [line] = lines(await runledger('export', run, '--format', 'jsonl'))
    assert.equal(Object(Reflect.get(Object(line), 'steps')).length, 9)
    const [chat] = lines(await runledger('export', run.slice(0, 8), '--format', 'openai'))
    const roles = Object(Reflect.get(Object(chat), 'messages')).map((message: { role: string }) => message.role)
    assert.deepEqual(roles, ['user', 'assistant', 'assistant', 'tool', 'tool', 'assistant', 'tool'])
    assert.match((await runledger('export', run, '--format', 'md')).out, /## 5 tool_result "get_forecast" \(failed\)/)
    const tables = join(folder, 'tables')
    assert.equal((await runledger('export', run, '--format', 'parquet', '--out', tables)).code, 0)
    const steps = await parquetReadObjects({ file: await asyncBufferFromFile(join(tables, 'steps.parquet')) })
    assert.deepEqual(
      steps.map(step => step['sequence']),
      [0, 1, 2, 3, 4, 5, 6, 7, 8],
    )
    assert.equal((await parquetReadObjects({ file: await asyncBufferFromFile(join(tables, 'runs.parquet')) }))[0]?.['id'], run)
  })

  it('goes on with an export that was cut off', async () => {
    const out = join(folder, 'runs.jsonl')
    writeFileSync(out, 'before\n{"half')
    writeFileSync(`${out}.progress`, JSON.stringify({ after: '00000000-0000-0000-0000-000000000000', done: 1, bytes: 7 }))
    assert.equal((await runledger('export', '--format', 'jsonl', '--out', out, '--resume')).code, 0)
    const [first, second] = readFileSync(out, 'utf8').split('\n')
    assert.equal(first, 'before')
    assert.equal(JSON.parse(second ?? '').run.id, run)
    assert.ok(!readdirSync(folder).includes('runs.jsonl.progress'))
  })

  it('rebuilds rows from the journal while the server goes on', async () => {
    const dump = () => server.db('obs_steps').where('run_id', run).orderBy('sequence').select('id', 'sequence', 'type', 'content')
    const before = await dump()
    await server.db('obs_artifacts').where('run_id', run).delete()
    await server.db('obs_steps').where('run_id', run).delete()
    for (const args of [[run], ['--all'], ['--from', '1h']]) {
      const ended = await runledger('rebuild', ...args)
      assert.equal(ended.code, 0, ended.err)
    }
    assert.deepEqual(await dump(), before)
    assert.equal((await runledger('rebuild', '--older')).code, 6)
  })

  it('lists, shows and replays what was refused', async () => {
    const span = { traceId: 'ff'.repeat(16), spanId: 'zz', name: 'bad' }
    await fetch(`${server.otlp}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }),
    })
    const [item] = lines(await runledger('quarantine', 'list'))
    const id = String(Reflect.get(Object(item), 'id'))
    assert.match((await runledger('quarantine', 'show', id, '--raw')).out, /bad/)
    const replayed = await runledger('quarantine', 'replay', id)
    assert.equal(replayed.code, 0, replayed.err)
  })

  it('reads settings from a file, below the environment, and names what it does not know', async () => {
    const file = join(folder, 'runledger.yaml')
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the file's own syntax
    writeFileSync(file, 'port: ${env:SOME_PORT:-4444}\nread_tokens: secret\n')
    const wrong = await runledger('--config', file, 'config', 'print')
    assert.equal(wrong.code, 3)
    assert.match(wrong.err, /read_tokens: there is no such setting; did you mean read_token\?/)
    writeFileSync(file, 'port: 4444\nread_token: secret\nquery_pool: 3\n')
    const printed = lines(await runCli(['--config', file, 'config', 'print'], { ...environment(), RUNLEDGER_QUERY_POOL: '5' }))
    const of = (variable: string) => printed.find(row => Reflect.get(Object(row), 'variable') === variable)
    assert.deepEqual(of('PORT'), { variable: 'PORT', value: '4444', source: 'file' })
    assert.deepEqual(of('RUNLEDGER_QUERY_POOL'), { variable: 'RUNLEDGER_QUERY_POOL', value: '5', source: 'environment' })
    assert.deepEqual(of('RUNLEDGER_READ_TOKEN'), { variable: 'RUNLEDGER_READ_TOKEN', value: '(set)', source: 'file' })
  })

  it('completes commands in three shells', async () => {
    for (const shell of ['bash', 'zsh', 'fish']) assert.match((await runledger('completion', shell)).out, /quarantine/)
    assert.equal((await runledger('completion', 'tcsh')).code, 3)
  })

  // Behind the describes above: it takes away what they look at.
  describe('delete', () => {
    it('deletes a run for good, but only when it is meant', async () => {
      assert.equal((await runledger('delete', run)).code, 3)
      assert.equal((await runledger('delete', run.slice(0, 8), '--yes')).code, 0)
      assert.equal((await runledger('show', run)).code, 6)
    })
  })
})
