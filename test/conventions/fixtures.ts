import { readdirSync, readFileSync } from 'node:fs'
import { identify, identityKeys, type Reading, readItem } from '../../src/conventions/index.ts'
import { assemble, divide } from '../../src/ledger/index.ts'
import type { Item } from '../../src/model/fact.ts'
import type { Ledger } from '../../src/model/ledger.ts'
import type { Signal } from '../../src/model/request.ts'
import { cutRequest, readFacts } from '../../src/otlp/index.ts'
import { settled } from '../ledger/readings.ts'

const folder = new URL('../fixtures/conventions/', import.meta.url)

/** Captured requests of one instrumentation, by the name of its file. */
export const fixtureNames: readonly string[] = readdirSync(folder)
  .filter(name => name.endsWith('.otlp.json'))
  .map(name => name.replace('.otlp.json', ''))
  .sort()

export const goldenOf = (name: string): URL => new URL(`${name}.ledger.json`, folder)

type Sent = { readonly signal: Signal; readonly body: unknown }

/** The requests of a fixture, each as the bytes of its body. */
export const requestsOf = (name: string): readonly { readonly signal: Signal; readonly body: Buffer }[] => {
  const sent: readonly Sent[] = JSON.parse(readFileSync(new URL(`${name}.otlp.json`, folder), 'utf8'))
  return sent.map(({ signal, body }) => ({ signal, body: Buffer.from(JSON.stringify(body)) }))
}

/** The items of a fixture by the group each is journalled in, and the links between groups. */
const journalOf = (name: string) => {
  const items = new Map<string, Item[]>()
  const links: (readonly [string, string])[] = []
  for (const { signal, body } of requestsOf(name)) {
    const { segments } = cutRequest(signal, 'json', body, new Set(), { keys: identityKeys, identify })
    for (const { group, payload, links: borne } of segments) {
      items.set(group, [...(items.get(group) ?? []), ...readFacts(signal, payload)])
      links.push(...borne.filter(({ kind }) => kind === 'conversation').map(({ link }) => [group, link] as const))
    }
  }
  return { items, links }
}

export const itemsOf = (name: string): readonly Item[] => [...journalOf(name).items.values()].flat()

/** The ledgers of a fixture, in the order of their beginnings, when the clock has decided that nothing more is coming. */
export const ledgersOf = (name: string, arrange: (readings: readonly Reading[]) => readonly Reading[] = all => all): readonly Ledger[] => {
  const { items, links } = journalOf(name)
  const clusterOf = new Map([...items.keys()].map(group => [group, group]))
  for (const [group, link] of links) {
    const [one, other] = [clusterOf.get(group), clusterOf.get(link) ?? group]
    clusterOf.set(link, clusterOf.get(link) ?? group)
    for (const [key, cluster] of clusterOf) if (cluster === one) clusterOf.set(key, clusterOf.get(other) ?? other)
  }
  const clusters = Map.groupBy(items, ([group]) => clusterOf.get(group) ?? group)
  return [...clusters.values()]
    .flatMap(groups => [...divide(arrange(groups.flatMap(([, list]) => list.map(item => readItem(item)))), new Set()).runs])
    .flatMap(([id, readings]) => assemble(id, readings, settled) ?? [])
    .sort((a, b) => (a.run.createdAt < b.run.createdAt ? -1 : a.run.createdAt > b.run.createdAt ? 1 : a.run.id < b.run.id ? -1 : 1))
}
