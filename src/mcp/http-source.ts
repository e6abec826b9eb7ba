import { z } from 'zod'
import { Comparison } from '../model/api/comparison.ts'
import { RunItemPage } from '../model/api/run-item.ts'
import { StepItemPage } from '../model/api/step-item.ts'
import { ArtifactPage } from '../model/artifact.ts'
import { RunDetail } from '../model/run.ts'
import { Step } from '../model/step.ts'
import { type Source, SourceError } from './source.ts'

const Problem = z.object({ detail: z.string(), errors: z.array(z.object({ detail: z.string() })).optional() })
const timeoutMs = 30_000

/** Reads from the API of a server at `url`, with a read token where it needs one. */
export const createHttpSource = ({ url, token }: { readonly url: string; readonly token?: string | undefined }): Source => {
  const ask = async (path: string): Promise<Response> => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const response = await fetch(`${url}/api${path}`, { headers, signal: AbortSignal.timeout(timeoutMs) })
    if (!response.ok) throw await errorFrom(response)
    return response
  }
  const json = async <T>(path: string, schema: z.ZodType<T>): Promise<T> => schema.parse(await (await ask(path)).json())
  return {
    runs: ({ q, limit, cursor }) =>
      json(
        `/runs?${new URLSearchParams({ limit: String(limit), ...(q === '' ? {} : { q }), ...(cursor === undefined ? {} : { cursor }) })}`,
        RunItemPage,
      ),
    run: id => json(`/runs/${id}`, RunDetail),
    steps: (run, after, limit) => json(`/runs/${run}/steps?after=${after}&limit=${limit}`, StepItemPage),
    step: (run, step) => json(`/runs/${run}/steps/${step}`, Step),
    artifacts: run => json(`/runs/${run}/artifacts?limit=500`, ArtifactPage),
    artifact: async (run, artifact) => {
      const response = await ask(`/runs/${run}/artifacts/${artifact}/content`)
      return { type: response.headers.get('content-type') ?? '', bytes: new Uint8Array(await response.arrayBuffer()) }
    },
    compare: (a, b) => json(`/compare?a=${a}&b=${b}`, Comparison),
  }
}

const errorFrom = async (response: Response): Promise<SourceError> => {
  const read = Problem.safeParse(await response.json().catch(() => undefined))
  const said = read.success ? [read.data.detail, ...(read.data.errors ?? []).map(mistake => mistake.detail)] : []
  return new SourceError(said.length === 0 ? `The server answered ${response.status}` : said.join('; '))
}
