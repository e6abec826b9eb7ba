import { existsSync, readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { z } from 'zod'
import { readSettings, type Settings, SettingsError, variables } from '../config.ts'
import { nearest } from '../config-names.ts'
import { isTerminal, print, printJson, table } from './output.ts'

const usualFile = 'runledger.yaml'

/** A key of the file is its variable in lower case without the prefix: `port`, `max_body_bytes`, `database_url`. */
const keyOf = (variable: string): string => variable.replace(/^RUNLEDGER_/, '').toLowerCase()

const Value = z.union([z.string(), z.number(), z.boolean(), z.array(z.string())])

/**
 * Puts the settings of `--config`, RUNLEDGER_CONFIG or ./runledger.yaml below those of the environment and returns which came
 * from the file. Throws SettingsError with every mistake.
 */
export const useConfigFile = (path = process.env['RUNLEDGER_CONFIG'] || undefined): ReadonlySet<string> => {
  const file = path ?? (existsSync(usualFile) ? usualFile : undefined)
  if (file === undefined) return new Set()
  const keys = new Map(Object.values(variables).map(variable => [keyOf(variable), variable]))
  const mistakes: string[] = []
  const used = new Set<string>()
  for (const [key, value] of Object.entries(contentOf(file))) {
    const variable = keys.get(key)
    const text = settingText(value)
    if (variable === undefined) mistakes.push(`${key}: there is no such setting; did you mean ${nearest(key, [...keys.keys()])}?`)
    else if (text === undefined) mistakes.push(`${key}: expected a text, a number, true, false or a list of texts`)
    else if ((process.env[variable] ?? '') === '' && (process.env[`${variable}_FILE`] ?? '') === '') {
      process.env[variable] = text
      used.add(variable)
    }
  }
  if (mistakes.length > 0) throw new SettingsError(`${file} can't be used:\n${mistakes.map(it => `  ${it}`).join('\n')}`)
  return used
}

const settingText = (value: unknown): string | undefined => {
  const read = Value.safeParse(value)
  if (!read.success) return undefined
  const text = Array.isArray(read.data) ? read.data.join(',') : String(read.data)
  // The Collector's syntax.
  return text.replace(/\$\{env:(\w+)(?::-([^}]*))?\}/g, (_, name: string, usual: string | undefined) => process.env[name] || (usual ?? ''))
}

const contentOf = (file: string): Record<string, unknown> => {
  try {
    return z.record(z.string(), z.unknown()).parse(parse(readFileSync(file, 'utf8')) ?? {})
  } catch (cause) {
    throw new SettingsError(
      `${file} can't be read: ${cause instanceof z.ZodError ? 'expected settings, a key and a value a line' : cause instanceof Error ? cause.message : String(cause)}`,
    )
  }
}

const secrets = ['databaseUrl', 'ingestTokens', 'readTokens']

/** Shows every setting, secrets left out, and where its value comes from. */
export const printConfig = async (fromFile: ReadonlySet<string>, options: { readonly json?: boolean }): Promise<void> => {
  const settings = readSettings(process.env)
  const rows = names(settings).map(name => {
    const variable = variables[name]
    const isSet = (process.env[variable] ?? '') !== '' || (process.env[`${variable}_FILE`] ?? '') !== ''
    const source = fromFile.has(variable) ? 'file' : isSet ? 'environment' : 'default'
    return { variable, value: shownValue(name, settings[name]), source }
  })
  if (!isTerminal(options.json)) for (const row of rows) await printJson(row)
  else
    await print(
      table(
        ['SETTING', 'FROM', 'VALUE'],
        rows.map(({ variable, value, source }) => [{ text: variable }, { text: source }, { text: value ?? '' }]),
      ),
    )
}

const isName = (text: string): text is keyof Settings => Object.hasOwn(variables, text)

const names = (_: Settings): readonly (keyof Settings)[] => Object.keys(variables).filter(isName)

const shownValue = (name: string, value: unknown): string | null => {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return null
  return secrets.includes(name) ? '(set)' : String(value)
}
