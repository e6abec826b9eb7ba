import { readFileSync } from 'node:fs'

const folder = new URL('../fixtures/', import.meta.url)

export const readFixture = (path: string): Buffer => readFileSync(new URL(path, folder))

/** Trusted: the corpora lie beside the tests. */
export const readJson = <T>(path: string): T => JSON.parse(readFixture(path).toString())

export const readLines = <T>(path: string): readonly T[] =>
  readFixture(path)
    .toString()
    .trim()
    .split('\n')
    .map((line): T => JSON.parse(line))
