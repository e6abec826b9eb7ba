import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const sources = ['src', 'migrations']
  .flatMap(folder => readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map(name => join(folder, name)))
  .filter(name => name.endsWith('.ts'))
const textOf = (name: string): string => readFileSync(join(root, name), 'utf8')

describe('the sources', () => {
  it('never call commit on a transaction: knex resolves it even when COMMIT failed', () => {
    assert.deepEqual(
      sources.filter(name => /\.commit\(/.test(textOf(name))),
      [],
    )
  })

  it('have no file over 250 lines', () => {
    assert.deepEqual(
      sources.filter(name => textOf(name).trimEnd().split('\n').length > 250),
      [],
    )
  })
})

describe('the lockfile', () => {
  it('names no registry host', () => {
    assert.doesNotMatch(textOf('package-lock.json'), /"resolved": "https?:/)
  })
})
