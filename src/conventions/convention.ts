import type { Item } from '../model/fact.ts'
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
