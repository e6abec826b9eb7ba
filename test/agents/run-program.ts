import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

/** What a program says it did (`programs/book.ts`). */
export type Account = z.infer<typeof Account>

const Account = z.object({
  task: z.string(),
  executions: z.array(z.object({ name: z.string(), arguments: z.unknown(), output: z.unknown().optional(), error: z.string().optional() })),
  answer: z.string().optional(),
  failure: z.string().optional(),
})

type Options = { readonly program: string; readonly scenario: string; readonly modelUrl: string; readonly otlpUrl: string }

const here = fileURLToPath(new URL('.', import.meta.url))
const patienceMs = 60_000

/** Runs a program of `programs/` in a process of its own, without a network, and returns its account. */
export const runProgram = async ({ program, scenario, modelUrl, otlpUrl }: Options): Promise<Account> => {
  const folder = mkdtempSync(join(tmpdir(), 'runledger-agent-'))
  const account = join(folder, 'account.json')
  const child = spawn(process.execPath, ['--import', './programs/loopback.ts', `programs/${program}.ts`], {
    cwd: here,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      SCENARIO: scenario,
      MODEL_URL: modelUrl,
      OTLP_URL: otlpUrl,
      ACCOUNT: account,
      OPENAI_API_KEY: 'none',
      OPENAI_BASE_URL: modelUrl,
      TRACELOOP_TELEMETRY: 'false',
      MASTRA_TELEMETRY_DISABLED: '1',
    },
    timeout: patienceMs,
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', piece => (output += piece))
  try {
    const [code] = await once(child, 'close')
    if (code !== 0) throw new Error(`Expected ${program} to exit with 0, got ${code ?? 'a signal'}:\n${output}`)
    return Account.parse(JSON.parse(readFileSync(account, 'utf8')))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
