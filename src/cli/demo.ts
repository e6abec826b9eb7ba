import { runDemo } from '../demo.ts'
import { type ClientOptions, createClient } from './client.ts'
import { isTerminal, print, printJson } from './output.ts'

/** Lets the demo agent report a run to the running server, reads it back and shows it. */
export const demo = async (options: ClientOptions & { readonly json?: boolean }): Promise<void> => {
  const { api, otlp, readToken, ingestToken, open } = createClient(options)
  // Says it as all commands do where nobody is there.
  await open('/version', {})
  const tokens = { ...(readToken === undefined ? {} : { readToken }), ...(ingestToken === undefined ? {} : { ingestToken }) }
  const shown = await runDemo({ api, otlp, ...tokens })
  await (isTerminal(options.json) ? print(shown) : printJson({ run: /[0-9a-f-]{36}/.exec(shown)?.[0] }))
}
