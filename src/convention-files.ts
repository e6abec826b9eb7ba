import { pathToFileURL } from 'node:url'
import { SettingsError } from './config.ts'
import type { Convention } from './conventions/index.ts'

/**
 * The conventions that the modules at `paths` export, under whatever names, in the order of the paths. Throws SettingsError for a
 * module that can't be loaded or exports none. What they read is checked: a convention that breaks the contract costs its item.
 */
export const loadConventions = async (paths: readonly string[]): Promise<readonly Convention[]> => {
  const loaded: Convention[] = []
  for (const path of paths) loaded.push(...(await loadModule(path)))
  return loaded
}

const loadModule = async (path: string): Promise<readonly Convention[]> => {
  const found = Object.values(await imported(path)).filter(isConvention)
  if (found.length === 0)
    throw new SettingsError(`RUNLEDGER_CONVENTIONS: expected ${path} to export a convention ({ name, speaks, read }), found none`)
  return [...new Set(found)].map(checked)
}

const imported = async (path: string): Promise<Readonly<Record<string, unknown>>> => {
  try {
    return await import(pathToFileURL(path).href)
  } catch (error) {
    throw new SettingsError(`RUNLEDGER_CONVENTIONS: ${path} can't be loaded: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    })
  }
}

const isConvention = (value: unknown): value is Convention =>
  typeof value === 'object' &&
  value !== null &&
  'name' in value &&
  typeof value.name === 'string' &&
  'speaks' in value &&
  typeof value.speaks === 'function' &&
  'read' in value &&
  typeof value.read === 'function'

const checked = (convention: Convention): Convention => ({
  name: convention.name,
  speaks: item => convention.speaks(item),
  read: item => {
    const { said, consumed }: { readonly said: unknown; readonly consumed: unknown } = convention.read(item)
    if (typeof said !== 'object' || said === null || !Array.isArray(consumed))
      throw new TypeError(`Expected the convention ${convention.name} to read { said: an object, consumed: a list }`)
    return { said, consumed }
  },
})
