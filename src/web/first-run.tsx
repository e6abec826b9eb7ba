import type { Intake } from '../model/api/stats.ts'
import { CopyBox } from './copy-box.tsx'
import { ago, many } from './format.ts'
import { href } from './router.ts'
import { settings } from './settings.ts'
import { useAnswer } from './use-answer.ts'
import { useNow } from './use-now.ts'

/** Where senders send: the port for OTLP alone where there is one, else this very server. */
const endpoint = (): string =>
  settings.otlpPort === null ? `${location.origin}${settings.base}` : `${location.protocol}//${location.hostname}:${settings.otlpPort}`

/** What to do where there is no run at all: three ways to the first, and what has arrived so far. */
export const FirstRun = () => {
  const token = settings.ingestNeedsToken
  return (
    <section className="first">
      <h1>No run yet</h1>
      <p>Every agent that speaks OpenTelemetry can send here. Its steps show up on this page as they happen.</p>
      <Waiting />
      <CopyBox title="1 · An agent with an OpenTelemetry SDK" text={agentText(token)} />
      <CopyBox title="2 · A Collector you already have" text={collectorText(token)} />
      <CopyBox title="3 · Nothing at hand? A run by hand, in any shell" text={curlText(token)} />
      <p className="note">
        On the machine of the server, <code>runledger demo</code> lets a small agent report a run.
      </p>
    </section>
  )
}

const agentText = (token: boolean): string =>
  [
    `export OTEL_EXPORTER_OTLP_ENDPOINT=${endpoint()}`,
    'export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf',
    ...(token ? ['export OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer $RUNLEDGER_INGEST_TOKEN"'] : []),
    'export OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true',
  ].join('\n')

// biome-ignore lint/suspicious/noTemplateCurlyInString: the Collector's own placeholders
const collectorToken = '      authorization: Bearer ${env:RUNLEDGER_INGEST_TOKEN}'

const collectorText = (token: boolean): string =>
  [
    'exporters:',
    '  otlp_http/runledger:',
    `    endpoint: ${endpoint()}`,
    ...(token ? ['    headers:', collectorToken] : []),
    'service:',
    '  pipelines:',
    '    traces: { receivers: [otlp], exporters: [otlp_http/runledger] }',
    '    logs: { receivers: [otlp], exporters: [otlp_http/runledger] }',
  ].join('\n')

const curlText = (token: boolean): string => {
  const body = `{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"my-agent"}}]},"scopeSpans":[{"spans":[{"traceId":"'$(od -An -tx1 -N16 /dev/urandom | tr -d ' \\n')'","spanId":"'$(od -An -tx1 -N8 /dev/urandom | tr -d ' \\n')'","name":"execute_tool hello","kind":1,"startTimeUnixNano":"'$(date +%s)'000000000","endTimeUnixNano":"'$(date +%s)'500000000","attributes":[{"key":"gen_ai.operation.name","value":{"stringValue":"execute_tool"}},{"key":"gen_ai.tool.name","value":{"stringValue":"hello"}}]}]}]}]}`
  return [
    `curl ${endpoint()}/v1/traces -H 'content-type: application/json' \\`,
    ...(token ? ['  -H "authorization: Bearer $RUNLEDGER_INGEST_TOKEN" \\'] : []),
    `  -d '${body}'`,
  ].join('\n')
}

/** What has arrived: the line that changes when something does. */
export const Waiting = ({ onStatus = false }: { readonly onStatus?: boolean }) => {
  const { value } = useAnswer<Intake>('/api/intake', 2_000)
  const now = useNow()
  if (value === undefined) return <p className="waiting">…</p>
  const last = value.last_request
  if (last === null && value.groups === 0)
    return (
      <p className="waiting" role="status">
        <span className="pulse" aria-hidden="true" /> waiting… last request: none
      </p>
    )
  const said =
    last === null
      ? 'none since this server started'
      : `${many(last.items, last.signal === 'logs' ? 'log record' : 'span')}, ${ago(now - Date.parse(last.at))}, ${last.outcome}`
  return (
    <div className="waiting" role="status">
      <p>
        <span className="pulse" aria-hidden="true" /> last request: {said}
      </p>
      {(value.without_run ?? 0) > 0 && (
        <p>
          {many(value.without_run ?? 0, 'trace')} came and made no run: nothing in them looks like an agent. A run begins with a span or log
          record that says <code>gen_ai.operation.name</code>, or with one of the vocabularies runledger reads.{' '}
          {!onStatus && (
            <>
              <a href={href('/status')}>Status</a> says more.
            </>
          )}
        </p>
      )}
    </div>
  )
}
