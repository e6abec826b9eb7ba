import type { Origin } from '../model/fact.ts'
import type { Cursor } from './cursor.ts'
import { isId } from './scan.ts'
import { readInside } from './value.ts'

/** One item to be read: the cursor over its bytes, and what is known of it beside them. */
export type ItemSource = { readonly cursor: Cursor; readonly origin: Origin; readonly digest: string; readonly maxDepth: number }

/** An id as lower-case hex; undefined where it is not `length` bytes long or all zero. */
export const readId = (cursor: Cursor, length: number): string | undefined =>
  readInside(cursor, ({ bytes, at, end }) => (isId(bytes, at, end - at, length) ? bytes.toString('hex', at, end) : undefined))
