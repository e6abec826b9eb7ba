import assert from 'node:assert/strict'
import type { Changes, ReadChanges, RunEvent } from '../../src/model/event.ts'
import type { FeedEntry, FeedFilter, ReadFeed } from '../../src/model/feed.ts'
import { createNews, createStream, feedPlaceAt } from '../../src/stream/index.ts'

const entry = (feed: number, run: string, agent = 'one'): FeedEntry => ({
  feed,
  run,
  since: 0,
  revision: 1,
  gone: false,
  status: 'running',
  agent,
  session: null,
  was: undefined,
})

/** A feed whose runs have one step each, and what was asked of it. */
const createFeed = (data = '{}') => {
  const entries: FeedEntry[] = []
  const asked: string[] = []
  const stream = createStream({ revisionsOf: async () => [] })
  const readFeed: ReadFeed = async (after, limit) => {
    asked.push(`feed ${after}`)
    const found = entries.filter(({ feed }) => feed > after).slice(0, limit)
    return { floor: 1, head: entries.at(-1)?.feed ?? 0, entries: found }
  }
  const read: ReadChanges = async (run, { known }): Promise<Changes> => {
    asked.push(run)
    const events: RunEvent[] = known === 1 ? [] : [{ event: 'step.added', data }]
    return { kind: 'run', revision: 1, run: `{"id":"${run}"}`, hasOlder: true, events }
  }
  const newsOf = createNews({ sourceOf: filter => ({ readFeed, read, filter }), watchFeed: stream.watchFeed, lookMs: 60_000 })
  const add = (...more: readonly FeedEntry[]): void => {
    entries.push(...more)
    stream.fed(more.at(-1)?.feed ?? 0)
  }
  return { newsOf, add, asked, stop: stream.stop, isWatched: stream.isFeedWatched }
}

const patienceMs = 60_000
const never = new AbortController().signal
const filter: FeedFilter = { agent: 'one' }
const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

describe('news of the feed', () => {
  const feeds: ReturnType<typeof createFeed>[] = []
  const feed = (data?: string) => {
    const made = createFeed(data)
    feeds.push(made)
    return made
  }
  afterEach(() => {
    for (const made of feeds.splice(0)) {
      assert.equal(made.isWatched(), false, 'nobody is left who watches')
      made.stop()
    }
  })

  it('are read for once, however many wait at the same place, and are the very same events for all', async () => {
    const { newsOf, add, asked } = feed()
    const waiting = Array.from({ length: 200 }, () => newsOf(filter)(feedPlaceAt(0), patienceMs, never))
    await turn()
    add(entry(1, 'a'), entry(2, 'b'))
    const news = await Promise.all(waiting)
    assert.deepEqual(asked, ['feed 0', 'feed 0', 'a', 'b'])
    assert.equal(new Set(news).size, 1)
    assert.deepEqual(news[0]?.kind === 'told' && news[0].events.map(({ event, id }) => `${event} ${id}`), [
      'step.added undefined',
      'run.updated 1',
      'step.added undefined',
      'run.updated 2',
    ])
  })

  it('bring those together who began at different places, once they have been told the same', async () => {
    const { newsOf, add, asked } = feed()
    add(entry(1, 'a', 'other'))
    const next = newsOf(filter)
    const waiting = [next(feedPlaceAt(0), patienceMs, never), next(feedPlaceAt(1), patienceMs, never)]
    await turn()
    add(entry(2, 'b'))
    const places = (await Promise.all(waiting)).map(({ place }) => place)
    asked.length = 0
    const again = places.map(place => next(place, patienceMs, never))
    add(entry(3, 'c'))
    assert.equal(new Set(await Promise.all(again)).size, 1)
    assert.deepEqual(asked.filter(it => it === 'c').length, 1)
  })

  it('pass over what a filter leaves out, and say how far when the time is over', async () => {
    const { newsOf, add } = feed()
    const waiting = newsOf(filter)(feedPlaceAt(0), 50, never)
    await turn()
    add(entry(1, 'a', 'other'))
    const news = await waiting
    assert.deepEqual({ kind: news.kind, cursor: news.place.cursor }, { kind: 'quiet', cursor: 1 })
  })

  it('end the wait of a reader who goes, and of nobody else', async () => {
    const { newsOf, add } = feed()
    const gone = new AbortController()
    const next = newsOf(filter)
    const [leaving, staying] = [next(feedPlaceAt(0), patienceMs, gone.signal), next(feedPlaceAt(0), patienceMs, never)]
    await turn()
    gone.abort()
    assert.equal((await leaving).kind, 'quiet')
    assert.equal((await next(feedPlaceAt(0), patienceMs, gone.signal)).kind, 'quiet')
    add(entry(1, 'a'))
    assert.equal((await staying).kind, 'told')
  })

  it('are told in parts of a bounded number of runs', async () => {
    const { newsOf, add } = feed()
    add(...Array.from({ length: 50 }, (_, n) => entry(n + 1, `run ${n}`, n % 2 === 0 ? 'one' : 'other')))
    const next = newsOf(filter)
    const first = await next(feedPlaceAt(0), patienceMs, never)
    const second = await next(first.place, patienceMs, never)
    assert.deepEqual([first.place.cursor, second.place.cursor], [40, 50])
  })

  it('are left to each reader where they are more than is kept', async () => {
    const { newsOf, add } = feed('x'.repeat(1_100_000))
    add(entry(1, 'a'))
    const news = await newsOf(filter)(feedPlaceAt(0), patienceMs, never)
    assert.deepEqual({ kind: news.kind, cursor: news.place.cursor }, { kind: 'large', cursor: 0 })
  })

  it('fail for all who wait when the feed cannot be read', async () => {
    const stream = createStream({ revisionsOf: async () => [] })
    const readFeed: ReadFeed = async () => Promise.reject(new Error('The database is away'))
    const read: ReadChanges = async () => ({ kind: 'unknown' })
    const next = createNews({ sourceOf: it => ({ readFeed, read, filter: it }), watchFeed: stream.watchFeed, lookMs: 1 })(filter)
    const waiting = [next(feedPlaceAt(0), patienceMs, never), next(feedPlaceAt(0), patienceMs, never)]
    for (const wait of waiting) await assert.rejects(wait, /database is away/)
    assert.equal(stream.isFeedWatched(), false)
    stream.stop()
  })
})
