import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import type { Knex } from 'knex'
import type { Ledger, LedgerArtifact, LedgerStep } from '../../src/model/ledger.ts'
import { NAMESPACE, uuidV5 } from '../../src/model/uuid.ts'
import { artifactContent } from '../../src/store/artifact-contents.ts'
import { diffRun } from '../../src/store/ledger-diff.ts'
import { removeRuns, storedRuns, writeChanges } from '../../src/store/ledger-rows.ts'
import { testDatabase } from '../support/database.ts'

const id = (name: string): string => uuidV5(NAMESPACE, name)
const sha256Of = (text: string): string => createHash('sha256').update(text).digest('hex')
const cluster = id('cluster')

const apply = async (db: Knex, ledger: Ledger): Promise<bigint | undefined> => {
  const stored = (await storedRuns(db, [ledger.run.id])).get(ledger.run.id)
  assert.ok(stored)
  const change = diffRun(ledger, cluster, false, stored)
  if (change === undefined) return undefined
  await db.transaction(async trx => {
    await writeChanges(trx, [change])
    await trx.raw('select 1')
  })
  return change.revision
}

/** The rows of a run as readers see them, without what tells of their history. */
const rowsOf = async (db: Knex, run: string) => ({
  run: await db('obs_runs')
    .where({ id: run })
    .first('agent_id', 'task_input', 'status', 'created_at', 'ended_at', 'metadata', 'session_id', 'steps', 'errors', 'artifacts', 'cost'),
  steps: await db('obs_steps')
    .where({ run_id: run })
    .orderBy('sequence')
    .select(
      'id',
      'sequence',
      'type',
      'content',
      'timestamp',
      'timestamp_unix_nano',
      'latency_ms',
      'emitted_sequence',
      'agent',
      'attributes',
    ),
  artifacts: await db('obs_artifacts').where({ run_id: run }).orderBy('id').select('id', 'step_id', 'role', 'path', 'size_bytes'),
})

const text = fc.oneof(fc.string(), fc.string({ unit: 'binary', maxLength: 5 }), fc.constantFrom('\0', '\ud800', '\\u0000', 'a\udfffb'))
const nanos = fc.oneof(fc.constantFrom(0n, 2n ** 63n - 1n, 2n ** 64n - 1n), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }))

const step = (name: number): fc.Arbitrary<LedgerStep> =>
  fc.record({
    id: fc.constant(id(`step ${name}`)),
    sequence: fc.constant(0),
    type: fc.constantFrom('thought', 'tool_call', 'error'),
    content: fc.dictionary(text, fc.oneof(text, fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constant(null)), { maxKeys: 3 }),
    time: nanos,
    latencyMs: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })),
    emittedSequence: fc.option(fc.nat()),
    traceId: fc.constant(null),
    spanId: fc.constant(null),
    parentStepId: fc.constant(null),
    agent: fc.option(fc.array(text, { maxLength: 2 })),
    attributes: fc.dictionary(fc.string(), text, { maxKeys: 2 }),
  })

const artifactOf = (stepId: string, path: string): LedgerArtifact => ({
  id: uuidV5(stepId, 'artifact'),
  stepId,
  role: 'output',
  path,
  mimeType: null,
  sizeBytes: 2 ** 53 - 1,
  sha256: null,
  content: null,
})

/** Ledgers of one run that share some steps, in some order, with some artifacts. */
const ledger = (run: string): fc.Arbitrary<Ledger> =>
  fc
    .record({
      steps: fc.shuffledSubarray([0, 1, 2, 3, 4, 5]).chain(names => fc.tuple(...names.map(step))),
      first: fc.nat(3),
      paths: fc.array(text, { maxLength: 4 }),
      agentId: text,
      metadata: fc.dictionary(text, text, { maxKeys: 2 }),
      createdAt: nanos,
      endedAt: fc.option(nanos),
    })
    .map(({ steps, first, paths, endedAt, ...said }) => ({
      run: {
        ...said,
        id: run,
        taskInput: said.agentId,
        status: 'running',
        endedAt,
        sessionId: said.agentId,
        errors: 0,
        gaps: 2 ** 40,
        inputTokens: 7,
        outputTokens: null,
        cost: 0.5,
      },
      steps: steps.map((s, i) => ({ ...s, sequence: first + i })),
      artifacts: steps.slice(0, paths.length).map((s, i) => artifactOf(s.id, paths[i] ?? '')),
      waits: null,
    }))

const plainStep = (name: string, sequence: number, words = name): LedgerStep => ({
  id: id(name),
  sequence,
  type: 'thought',
  content: { text: words },
  time: 1_760_000_000_123_456_789n,
  latencyMs: 1,
  emittedSequence: null,
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  parentStepId: null,
  agent: null,
  attributes: {},
})

const plainLedger = (run: string, steps: readonly LedgerStep[], artifacts: readonly LedgerArtifact[] = []): Ledger => ({
  run: {
    id: run,
    agentId: 'a',
    taskInput: null,
    status: 'running',
    createdAt: 0n,
    endedAt: null,
    sessionId: null,
    metadata: {},
    errors: 0,
    gaps: 0,
    inputTokens: null,
    outputTokens: null,
    cost: null,
  },
  steps,
  artifacts,
  waits: null,
})

describe('writeChanges', () => {
  const database = testDatabase()
  const [first, second] = [id('run 1'), id('run 2')]
  const history = (run: string) =>
    database.db('obs_steps').where({ run_id: run }).orderBy('sequence').select('id', 'sequence', 'added', 'changed', 'revision')
  const removed = (run: string) => database.db('obs_removed').where({ run_id: run }).orderBy('id').select('kind', 'id', 'revision')

  it('leaves the rows of the last ledger, whatever was there before, and tombstones of what is gone', async () => {
    await fc.assert(
      fc
        .asyncProperty(ledger(first), ledger(first), async (before, after) => {
          await apply(database.db, before)
          await apply(database.db, after)
          await apply(database.db, { ...after, run: { ...after.run, id: second } })
          assert.deepEqual(await rowsOf(database.db, first), await rowsOf(database.db, second))
          assert.equal(await apply(database.db, after), undefined)
          const now = new Set([...after.steps, ...after.artifacts].map(row => row.id))
          const gone = [...before.steps, ...before.artifacts].map(row => row.id).filter(row => !now.has(row))
          assert.deepEqual((await removed(first)).map(row => row.id).sort(), gone.sort())
        })
        .afterEach(async () => {
          await database.db('obs_runs').delete()
          await database.db('obs_removed').delete()
        }),
      { numRuns: 30 },
    )
  })

  it('counts the revision of what came, what says something else and what only moved', async () => {
    const run = id('counted')
    await apply(database.db, plainLedger(run, [plainStep('a', 0), plainStep('b', 1), plainStep('c', 2)]))
    const revision = await apply(database.db, plainLedger(run, [plainStep('new', 0), plainStep('a', 1), plainStep('b', 2, 'else')]))
    assert.equal(revision, 2n)
    assert.deepEqual(await history(run), [
      { id: id('new'), sequence: 0, added: '2', changed: '2', revision: '2' },
      { id: id('a'), sequence: 1, added: '1', changed: '1', revision: '2' },
      { id: id('b'), sequence: 2, added: '1', changed: '2', revision: '2' },
    ])
    assert.deepEqual(await removed(run), [{ kind: 'step', id: id('c'), revision: '2' }])
  })

  it('takes the tombstones of a step and an artifact that come back', async () => {
    const run = id('returning')
    const whole = plainLedger(run, [plainStep('a', 0), plainStep('b', 1)], [artifactOf(id('b'), 'x')])
    await apply(database.db, whole)
    await apply(database.db, plainLedger(run, [plainStep('a', 0)]))
    assert.equal((await removed(run)).length, 2)
    await apply(database.db, whole)
    assert.deepEqual(await removed(run), [])
    assert.deepEqual(
      (await history(run)).map(row => row.added),
      ['1', '3'],
    )
  })

  it('keeps what artifacts hold, once a run, as long as one of them holds it', async () => {
    const run = id('contents')
    const stored = () => database.db('obs_artifact_contents').where({ run_id: run }).orderBy('sha256').pluck('sha256')
    const holding = (path: string, text: string | null): LedgerArtifact => ({
      ...artifactOf(id('a'), path),
      id: id(path),
      sha256: sha256Of(text ?? 'gone'),
      content: text === null ? null : Buffer.from(text),
    })
    await apply(database.db, plainLedger(run, [plainStep('a', 0)], [holding('x', 'one'), holding('y', 'one'), holding('z', null)]))
    assert.deepEqual(await stored(), [sha256Of('one')])
    assert.deepEqual(await artifactContent(database.db, run, id('y')), {
      bytes: Buffer.from('one'),
      sha256: sha256Of('one'),
      path: 'y',
      mime_type: null,
    })
    assert.equal(await artifactContent(database.db, run, id('z')), undefined)
    await apply(database.db, plainLedger(run, [plainStep('a', 0)], [holding('x', 'one'), holding('z', 'gone')]))
    assert.deepEqual(await stored(), [sha256Of('one'), sha256Of('gone')].sort())
    await apply(database.db, plainLedger(run, [plainStep('a', 0)], [holding('z', 'gone')]))
    assert.deepEqual(await stored(), [sha256Of('gone')])
    await database.db('obs_runs').where({ id: run }).delete()
    assert.deepEqual(await stored(), [])
  })

  it('keeps an artifact whose step is replaced by another', async () => {
    const run = id('artifacts')
    await apply(database.db, plainLedger(run, [plainStep('a', 0)], [artifactOf(id('a'), 'x')]))
    await apply(database.db, plainLedger(run, [plainStep('b', 0)], [artifactOf(id('b'), 'x')]))
    assert.deepEqual(await database.db('obs_artifacts').where({ run_id: run }).pluck('step_id'), [id('b')])
  })

  it('cuts a time to what a date can be and keeps the nanoseconds where they fit', async () => {
    const run = id('times')
    const times = [0n, 1_760_000_000_123_456_789n, 2n ** 64n - 1n]
    await apply(
      database.db,
      plainLedger(
        run,
        times.map((time, i) => ({ ...plainStep(`t${i}`, i), time })),
      ),
    )
    const rows = await database
      .db('obs_steps')
      .where({ run_id: run })
      .orderBy('sequence')
      .select(database.db.raw('timestamp::text, timestamp_unix_nano'))
    assert.deepEqual(rows, [
      { timestamp: '1970-01-01 00:00:00+00', timestamp_unix_nano: null },
      { timestamp: '2025-10-09 08:53:20.123456+00', timestamp_unix_nano: '1760000000123456789' },
      { timestamp: '2554-07-21 23:34:33.709551+00', timestamp_unix_nano: null },
    ])
  })
})

describe('removeRuns', () => {
  const database = testDatabase()

  it('leaves where a run went, and lets it go on from there when it returns', async () => {
    const [run, to] = [id('moving'), id('there')]
    await apply(database.db, plainLedger(run, [plainStep('a', 0)]))
    await database.db.transaction(trx => removeRuns(trx, [{ id: run, revision: 2n, movedTo: to }]))
    assert.deepEqual(await database.db('obs_gone_runs').first('id', 'revision', 'moved_to', 'deleted'), {
      id: run,
      revision: '2',
      moved_to: to,
      deleted: false,
    })
    assert.equal(await apply(database.db, plainLedger(run, [plainStep('a', 0)])), 3n)
    assert.equal(await database.db('obs_gone_runs').first(), undefined)
  })
})
