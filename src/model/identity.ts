import type { Signal } from './request.ts'

/** Links say that groups speak of the same thing: `conversation` joins them into a cluster, `run` names a run they share. */
export type Link = { readonly link: string; readonly kind: 'run' | 'conversation' }

/** What decides where an item belongs, picked from it without decoding the rest. */
export type Probe = {
  readonly signal: Signal
  /** 32 lower-case hex digits; absent where the item has no valid one. */
  readonly traceId?: string
  readonly scopeName: string
  /** String values of identity keys alone. */
  readonly resource: ReadonlyMap<string, string>
  readonly attributes: ReadonlyMap<string, string>
}

/** The group (a UUID) an item is journalled in, and the links its group bears because of it. */
export type Identified = { readonly group: string; readonly links: readonly Link[] }

/** `identify` looks at values of `keys` alone, so nothing else is picked. It is pure and total. */
export type Identity = { readonly keys: ReadonlySet<string>; readonly identify: (probe: Probe) => Identified }
