import { registerHooks } from 'node:module'

/** For programs of users that import us by our name: the sources in place of what is built from them. */
const sources: Readonly<Record<string, string>> = { 'runledger/sdk': new URL('../../src/sdk/index.ts', import.meta.url).href }

registerHooks({ resolve: (specifier, context, next) => next(sources[specifier] ?? specifier, context) })
