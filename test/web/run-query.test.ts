import assert from 'node:assert/strict'
import fc from 'fast-check'
import { parseRunQuery } from '../../src/model/run-query.ts'
import { choose, chosen } from '../../src/web/run-query.ts'

const value = fc.string({ unit: fc.constantFrom('a', 'B', '9', ' ', ',', '-', ':', '>', 'é'), minLength: 1, maxLength: 8 })

describe('a facet and the query', () => {
  it('sets a field beside what else is asked, and takes it away', () => {
    const asked = choose('status:failed tool:search "two words"', { field: 'status', values: ['running', 'failed'] })
    assert.equal(asked, 'tool:search "two words" status:running,failed')
    assert.deepEqual(chosen(asked, 'status'), ['running', 'failed'])
    assert.equal(choose(asked, { field: 'status', values: [] }), 'tool:search "two words"')
  })

  it('knows nothing chosen where nothing is', () => assert.deepEqual(chosen('mystatus:x word', 'status'), []))

  it('leaves what is denied', () => assert.equal(choose('-tool:search', { field: 'tool', values: ['read'] }), '-tool:search tool:read'))

  it('asks the server for the very value that was chosen', () => {
    fc.assert(
      fc.property(value, text => {
        fc.pre(text.trim() === text && !/\s\s/.test(text))
        const query = choose('', { field: 'agent', values: [text] })
        assert.deepEqual(parseRunQuery(query), { conditions: [{ kind: 'name', field: 'agent', values: [text], not: false }], mistakes: [] })
        assert.deepEqual(chosen(query, 'agent'), [text])
      }),
    )
  })
})
