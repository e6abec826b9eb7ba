import assert from 'node:assert/strict'
import { inputTextSql } from '../../src/store/input-text.ts'
import { testDatabase } from '../support/database.ts'

const asked = 'Do I need an umbrella?'

const sentences: Readonly<Record<string, unknown>> = {
  'a string': asked,
  'the member with a usual name': { question: asked, locale: 'en' },
  'the likelier of two names': { text: 'unread', prompt: asked, id: 'x' },
  'the only string, whatever its name': { ask_this: asked, retries: 3, tags: ['a'] },
  'the last message': {
    messages: [
      { role: 'system', content: 'You are kind.' },
      { role: 'user', content: asked },
    ],
    model: 'm',
  },
  'the text of a part': { messages: [{ role: 'user', content: [{ type: 'text', text: asked }] }] },
  'the content of a part': [{ role: 'user', parts: [{ type: 'text', content: asked }] }],
  'the last of a list': [{ text: 'before' }, { text: asked }],
  'the last of a list of strings': ['before', asked],
  'what is nested in the input': { input: { question: asked }, config: { a: 'b' } },
  'the last message in the input': { input: [{ role: 'user', content: asked }] },
}

describe('inputTextSql', () => {
  const test = testDatabase()
  const textOf = async (value: unknown): Promise<unknown> => {
    const { rows } = await test.db.raw(`select ${inputTextSql('v.value')} as text from (select ?::jsonb as value) as v`, [
      JSON.stringify(value),
    ])
    return rows[0].text
  }

  for (const [what, value] of Object.entries(sentences)) it(`finds ${what}`, async () => assert.equal(await textOf(value), asked))

  it('gives all of it where there is no sentence', async () => {
    for (const value of [{ from: 'VIE', to: 'LIS' }, [1, 2], {}, [], 7, true, { question: '' }, { messages: {} }])
      assert.deepEqual(JSON.parse(String(await textOf(value))), value)
    assert.equal(await textOf(null), null)
  })
})
