import type { Item, SpanItem } from '../model/fact.ts'
import type { Said } from './reading.ts'

/**
 * One vocabulary, one file. Both functions are pure and total: they never throw, whatever the item holds.
 * `consumed`: the attribute keys whose whole meaning is in `said`; all others stay in the step's attributes.
 */
export type Convention = {
  readonly name: string
  readonly speaks: (item: Item) => boolean
  readonly read: (item: Item) => { readonly said: Said; readonly consumed: readonly string[] }
}

/** Reads spans alone, and takes as consumed the attributes whose keys match. */
export const readSpansWith =
  (saidOf: (span: SpanItem) => Said, consumed: RegExp): Convention['read'] =>
  item => ({
    said: item.kind === 'span' ? saidOf(item) : {},
    consumed: [...item.attributes.keys()].filter(key => consumed.test(key)),
  })
