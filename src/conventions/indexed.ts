import type { Attributes, Value } from '../model/fact.ts'

/** Attributes whose keys are paths with numbers (`llm.input_messages.0.message.role`), as the tree they stand for. */
export type Indexed = { readonly [key: string]: Value | Indexed }

const maxParts = 20

type Growing = { [key: string]: Value | Growing }

/** The tree below `prefix.`: numbers stay keys. */
export const indexedBelow = (attributes: Attributes, prefix: string): Indexed => {
  const root: Growing = Object.create(null)
  const start = `${prefix}.`
  for (const [key, value] of attributes) {
    if (!key.startsWith(start)) continue
    const path = key.slice(start.length).split('.', maxParts)
    const last = path.pop() ?? ''
    let at = root
    for (const part of path) at = innerOf(at, part)
    at[last] = value
  }
  return root
}

const innerOf = (tree: Growing, part: string): Growing => {
  const known = tree[part]
  if (isGrowing(known)) return known
  const inner: Growing = Object.create(null)
  tree[part] = inner
  return inner
}

const isGrowing = (value: Value | Growing | undefined): value is Growing => isIndexed(value)

export const isIndexed = (value: Value | Indexed | undefined): value is Indexed =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Map) && !(value instanceof Uint8Array)

/** The members with numbers for keys, in the order of the numbers. */
export const inOrder = (tree: Value | Indexed | undefined): readonly Indexed[] =>
  isIndexed(tree)
    ? Object.entries(tree)
        .filter(([key]) => /^\d{1,6}$/.test(key))
        .sort(([a], [b]) => Number(a) - Number(b))
        .flatMap(([, inner]) => (isIndexed(inner) ? [inner] : []))
    : []

/** The value at a path; undefined where something else stands. */
export const valueAt = (tree: Indexed | undefined, ...path: readonly string[]): Value | undefined => {
  let at: Value | Indexed | undefined = tree
  for (const part of path) at = isIndexed(at) ? at[part] : undefined
  return isIndexed(at) ? undefined : at
}

/** The tree at a path. */
export const treeAt = (tree: Indexed | undefined, ...path: readonly string[]): Indexed | undefined => {
  let at: Value | Indexed | undefined = tree
  for (const part of path) at = isIndexed(at) ? at[part] : undefined
  return isIndexed(at) ? at : undefined
}
