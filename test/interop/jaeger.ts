import { join } from 'node:path'
import { z } from 'zod'
import { freePorts, type Program, startProgram } from './program.ts'
import { buildJaeger } from './programs.ts'

const folder = join(import.meta.dirname, '..', '..', 'deploy', 'jaeger')

const Tag = z.object({ key: z.string(), value: z.union([z.string(), z.number(), z.boolean()]) })
const JaegerSpan = z.object({
  traceID: z.string(),
  spanID: z.string(),
  operationName: z.string(),
  references: z.array(z.object({ refType: z.string(), spanID: z.string() })),
  tags: z.array(Tag),
})
/** A span as Jaeger's query API tells it. */
export type JaegerSpan = z.infer<typeof JaegerSpan>

const Found = z.object({ data: z.array(z.object({ traceID: z.string(), spans: z.array(JaegerSpan) })) })
const Pattern = z.object({
  type: z.string(),
  key: z.union([z.string(), z.array(z.string())]).optional(),
  url: z.string(),
  text: z.string(),
})
export type LinkPattern = z.infer<typeof Pattern>

export type Jaeger = Program & {
  /** Base of its page and API. */
  readonly url: string
  /** `host:port` of OTLP/gRPC. */
  readonly otlp: string
  /** The spans it has of a trace; none where it has no such trace. */
  readonly spans: (traceId: string) => Promise<readonly JaegerSpan[]>
  /** The link patterns that stand in the page it serves. */
  readonly linkPatterns: () => Promise<readonly LinkPattern[]>
}

/** Starts a real Jaeger with the files of `deploy/jaeger`. */
export const startJaeger = async (): Promise<Jaeger> => {
  const [http = 0, grpc = 0, health = 0, metrics = 0, otlpGrpc = 0, otlpHttp = 0] = await freePorts(6)
  const url = `http://127.0.0.1:${http}`
  const program = await startProgram({
    command: buildJaeger(),
    args: ['--config', join(folder, 'jaeger.yaml')],
    cwd: folder,
    health: `http://127.0.0.1:${health}/status`,
    env: {
      JAEGER_HTTP: `127.0.0.1:${http}`,
      JAEGER_QUERY_GRPC: `127.0.0.1:${grpc}`,
      JAEGER_HEALTH: `127.0.0.1:${health}`,
      JAEGER_METRICS: `127.0.0.1:${metrics}`,
      JAEGER_OTLP_GRPC: `127.0.0.1:${otlpGrpc}`,
      JAEGER_OTLP_HTTP: `127.0.0.1:${otlpHttp}`,
    },
  })
  return {
    ...program,
    url,
    otlp: `127.0.0.1:${otlpGrpc}`,
    spans: async traceId => {
      const response = await fetch(`${url}/api/traces/${traceId}`)
      if (response.status !== 200) return []
      return Found.parse(await response.json()).data.flatMap(trace => trace.spans)
    },
    linkPatterns: async () => {
      const page = await (await fetch(url)).text()
      const [, config = ''] = /^JAEGER_CONFIG = (.*);$/m.exec(page) ?? []
      return z.object({ linkPatterns: z.array(Pattern) }).parse(JSON.parse(config)).linkPatterns
    },
  }
}

/**
 * The URLs that Jaeger's page would show for a trace and for the tags of its spans: parameters come from the span's own tags,
 * then its ancestors', then (`trace.`) the trace, each as a URI component; a pattern with one that is missing is left out.
 */
export const linksOf = (patterns: readonly LinkPattern[], spans: readonly JaegerSpan[]): readonly { url: string; span?: JaegerSpan }[] => {
  const traceId = spans[0]?.traceID ?? ''
  const bySpan = new Map(spans.map(span => [span.spanID, span]))
  const filled = (url: string, find: (name: string) => string | undefined): string[] => {
    const names = [...url.matchAll(/#\{([^{}]*)\}/g)].map(match => match[1] ?? '')
    if (names.some(name => find(name) === undefined)) return []
    return [url.replace(/#\{([^{}]*)\}/g, (_all, name: string) => encodeURIComponent(find(name) ?? ''))]
  }
  const tagOf = (span: JaegerSpan | undefined, name: string): string | undefined => {
    for (let at = span; at !== undefined; at = bySpan.get(at.references.find(it => it.refType === 'CHILD_OF')?.spanID ?? '')) {
      const tag = at.tags.find(it => it.key === name)
      if (tag !== undefined) return String(tag.value)
    }
    return name === 'trace.traceID' ? traceId : undefined
  }
  const ofTrace = patterns
    .filter(pattern => pattern.type === 'traces')
    .flatMap(pattern => filled(pattern.url, name => (name === 'traceID' ? traceId : undefined)).map(url => ({ url })))
  const ofTags = spans.flatMap(span =>
    span.tags.flatMap(tag =>
      patterns
        .filter(pattern => pattern.type === 'tags' && [pattern.key].flat().includes(tag.key))
        .flatMap(pattern => filled(pattern.url, name => tagOf(span, name)).map(url => ({ url, span }))),
    ),
  )
  return [...ofTrace, ...ofTags]
}
