import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readSettings, SettingsError } from '../src/config.ts'

const mistakesOf = (environment: Record<string, string>): string[] => {
  try {
    readSettings(environment)
    return []
  } catch (error) {
    assert.ok(error instanceof SettingsError)
    return error.message.split('\n').slice(1)
  }
}

describe('readSettings', () => {
  it('has a default for everything but the database', () => {
    const { databaseUrl, host, port, ingestPort, maxBodyBytes, idleTimeoutMs } = readSettings({})
    assert.deepEqual(
      { databaseUrl, host, port, ingestPort, maxBodyBytes, idleTimeoutMs },
      { databaseUrl: undefined, host: '127.0.0.1', port: 4319, ingestPort: undefined, maxBodyBytes: 67_108_864, idleTimeoutMs: 600_000 },
    )
  })

  it('understands durations, sizes and lists', () => {
    const { graceMs, idleTimeoutMs, unclaimedRetentionMs, inboxMaxBytes, maxBodyBytes, ingestTokens } = readSettings({
      RUNLEDGER_GRACE: '250ms',
      RUNLEDGER_IDLE_TIMEOUT: '1.5h',
      RUNLEDGER_UNCLAIMED_RETENTION: '30d',
      RUNLEDGER_INBOX_MAX_BYTES: '2GiB',
      RUNLEDGER_MAX_BODY_BYTES: '1048576',
      RUNLEDGER_INGEST_TOKEN: 'one, two',
    })
    assert.deepEqual([graceMs, idleTimeoutMs, unclaimedRetentionMs], [250, 5_400_000, 2_592_000_000])
    assert.deepEqual([inboxMaxBytes, maxBodyBytes, ingestTokens], [2_147_483_648, 1_048_576, ['one', 'two']])
  })

  it('takes the path of the public URL where no other is told', () => {
    const pathOf = (environment: Record<string, string>): string => readSettings(environment).basePath
    assert.equal(pathOf({ RUNLEDGER_PUBLIC_URL: 'https://tools.example/led/' }), '/led')
    assert.equal(pathOf({ RUNLEDGER_PUBLIC_URL: 'https://tools.example' }), '')
    assert.equal(pathOf({ RUNLEDGER_PUBLIC_URL: 'https://tools.example/led', RUNLEDGER_BASE_PATH: '/ledger' }), '/ledger')
    assert.deepEqual(mistakesOf({ RUNLEDGER_PUBLIC_URL: 'tools.example/led' }).length, 1)
  })

  it('tells all mistakes at once, with what was expected and what came', () => {
    assert.deepEqual(mistakesOf({ PORT: '70000', RUNLEDGER_GRACE: '10', RUNLEDGER_MAX_BODY_BYTES: 'much' }), [
      '  PORT: Expected a whole number from 0 to 65535, got "70000"',
      '  RUNLEDGER_MAX_BODY_BYTES: Expected a size in bytes or such as 64MiB, got "much"',
      '  RUNLEDGER_GRACE: Expected a duration such as 250ms, 10s, 5m, 1h or 30d, got "10"',
    ])
  })

  it('takes web addresses that hold no password, and a template that has a place for the trace', () => {
    assert.deepEqual(
      mistakesOf({
        RUNLEDGER_JAEGER_URL: 'jaeger:16686',
        RUNLEDGER_TRACE_URL_TEMPLATE: 'http://tempo.example/',
        RUNLEDGER_PUBLIC_URL: 'https://me:secret@runs.example',
      }),
      [
        '  RUNLEDGER_JAEGER_URL: Expected a URL such as https://name.example, got "jaeger:16686"',
        '  RUNLEDGER_TRACE_URL_TEMPLATE: Expected a URL with {traceId} in it, and {spanId} where that can be said, got "http://tempo.example/"',
        '  RUNLEDGER_PUBLIC_URL: Expected a URL without user and password, got "https://…@runs.example"',
      ],
    )
  })

  it('refuses a setting that does not exist and names the nearest', () => {
    assert.deepEqual(mistakesOf({ RUNLEDGER_IDLE_TIMOUT: '5m' }), [
      '  RUNLEDGER_IDLE_TIMOUT: there is no such setting; did you mean RUNLEDGER_IDLE_TIMEOUT?',
    ])
  })

  it('takes an empty variable for an unset one', () => assert.equal(readSettings({ DATABASE_URL: '', PORT: '' }).port, 4319))

  it('reads secrets from files and never repeats them', () => {
    const folder = mkdtempSync(join(tmpdir(), 'runledger-config-'))
    try {
      const file = join(folder, 'token')
      writeFileSync(file, 'hidden\n')
      assert.deepEqual(readSettings({ RUNLEDGER_READ_TOKEN_FILE: file }).readTokens, ['hidden'])
      assert.deepEqual(mistakesOf({ RUNLEDGER_READ_TOKEN_FILE: file, RUNLEDGER_READ_TOKEN: 'other' }), [
        '  RUNLEDGER_READ_TOKEN and RUNLEDGER_READ_TOKEN_FILE: expected one of them, got both',
      ])
    } finally {
      rmSync(folder, { recursive: true })
    }
    assert.match(mistakesOf({ DATABASE_URL_FILE: join(folder, 'none') })[0] ?? '', /DATABASE_URL_FILE: ENOENT/)
  })
})
