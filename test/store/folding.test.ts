import { strict as assert } from 'node:assert'
import { randomUUID } from 'node:crypto'
import { foldQuiet } from '../../src/store/folding.ts'
import { journal } from '../../src/store/groups.ts'
import { readParts } from '../../src/store/snapshot.ts'
import { testDatabase } from '../support/database.ts'

describe('foldQuiet', () => {
  const { group, other } = { group: randomUUID(), other: randomUUID() }
  const test = testDatabase()
  const append = (id: string, text: string) =>
    test.db.transaction(trx =>
      journal(
        trx,
        [{ group: id, links: [], parts: [{ signal: 'traces', items: 2, encoding: 'identity', payload: Buffer.from(text) }] }],
        new Date(),
        1_000,
      ),
    )
  const due = (id: string) => test.db.raw(`insert into obs_folds (group_id, due_at) values (?, now() - interval '1 second')`, [id])

  it('keeps the same bytes and items in fewer rows, under the newest number, of quiet groups alone', async () => {
    for (const text of ['one ', 'two ', 'three']) await append(group, text)
    await append(other, 'a')
    await append(other, 'b')
    await test.db.raw(`update obs_groups set last_fact_at = now() - interval '1 hour' where group_id = ?`, [group])
    const before = await readParts(test.db, new Map([[group, -1n]]))
    await due(group)
    await due(other)
    assert.equal(await foldQuiet(test.db, 60_000), 1)
    const after = await readParts(test.db, new Map([[group, -1n]]))
    assert.deepEqual(
      after.map(p => [p.part, p.items, p.payload.toString()]),
      [[before.at(-1)?.part, 6, 'one two three']],
    )
    assert.equal((await readParts(test.db, new Map([[other, -1n]]))).length, 2)
    assert.deepEqual(await test.db('obs_folds').pluck('group_id'), [other])
    assert.equal(await foldQuiet(test.db, 60_000), 0)
  })
})
