import type { Attributes, Value } from '../model/fact.ts'

/** Attributes whose keys are paths with numbers (`llm.input_messages.0.message.role`), as the tree they stand for. */
export type Indexed = { readonly [key: string]: Value | Indexed }

const maxParts = 20

/** The tree below `prefix.`: numbers stay keys. */
export const indexedBelow = (attributes: Attributes, prefix: string): Indexed => {
  const root: Record<string, Value | Indexed> = Object.create(null)
  const start = `${prefix}.`
  for (const [key, value] of attributes) {
    if (!key.startsWith(start)) continue
    const path = key.slice(start.length).split('.', maxParts)
    let at: Record<string, Value | Indexed> = root
    for (const part of path.slice(0, -1)) {
      const inner = at[part]
      const next: Record<string, Value | Indexed> = isIndexed(inner) ? { ...inner } : Object.create(null)
      at[part] = next
      at = next
    }
    at[path.at(-1) ?? ''] = value
  }
  return root
}

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
