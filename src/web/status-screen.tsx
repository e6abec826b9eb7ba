import { useEffect } from 'react'
import type { QuarantinePage } from '../model/api/quarantine.ts'
import type { Intake, Stats } from '../model/api/stats.ts'
import { Waiting } from './first-run.tsx'
import { ago, bytes, cost, count, duration, line } from './format.ts'
import { ProblemBox } from './problem.tsx'
import { href } from './router.ts'
import { useAnswer } from './use-answer.ts'
import { useNow } from './use-now.ts'

/** What arrives, what is on its way, what was refused, and what the last day came to. */
export const StatusScreen = () => {
  const intake = useAnswer<Intake>('/api/intake', 3_000)
  const quarantine = useAnswer<QuarantinePage>('/api/quarantine?limit=50', 10_000)
  const stats = useAnswer<Stats>('/api/stats', 30_000)
  useEffect(() => {
    document.title = 'Status · runledger'
  }, [])
  if (intake.error !== undefined && intake.value === undefined)
    return <ProblemBox error={intake.error} what="status" onRetry={intake.again} />
  return (
    <div className="status-screen">
      <h1>Status</h1>
      <Waiting onStatus />
      {intake.value !== undefined && <Figures intake={intake.value} />}
      <Refused items={quarantine.value?.items ?? []} />
      {stats.value !== undefined && <Day stats={stats.value} />}
    </div>
  )
}

const Figures = ({ intake }: { readonly intake: Intake }) => {
  const rows: readonly (readonly [string, string, string])[] = [
    ['Requests', count(intake.requests), 'to this server since its start'],
    [
      'Waiting to be sorted',
      `${count(intake.inbox_requests)} · ${bytes(intake.inbox_bytes)}`,
      `the oldest for ${duration(intake.inbox_oldest_seconds * 1_000)}`,
    ],
    ['Traces waiting to be projected', count(intake.dirty_groups), 'rows follow in well under a second'],
    ['Parked', count(intake.parked_groups), 'their projection fails; the run says why'],
    ['Refused', count(intake.quarantined), 'kept below, as they came'],
    ['Traces in the journal', count(intake.groups), intake.without_run === null ? '' : `${count(intake.without_run)} of them made no run`],
    ['Servers on this database', count(intake.receivers), 'heard of in the last 15 s'],
  ]
  return (
    <table className="figures-table">
      <caption>Intake</caption>
      <tbody>
        {rows.map(([name, n, note]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td className="num">{n}</td>
            <td className="note">{note}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

const Refused = ({ items }: { readonly items: QuarantinePage['items'] }) => {
  const now = useNow(5_000)
  if (items.length === 0) return null
  return (
    <table>
      <caption>Refused, newest first</caption>
      <thead>
        <tr>
          {['When', 'Signal', 'Why', 'Size', 'Times', 'Run', ''].map(it => (
            <th key={it} scope="col">
              {it === '' ? <span className="unseen">Bytes</span> : it}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {items.map(it => (
          <tr key={it.id}>
            <td>{ago(now - Date.parse(it.last_at))}</td>
            <td>{line(it.signal)}</td>
            <td>{line(it.reason)}</td>
            <td className="num">{bytes(it.bytes)}</td>
            <td className="num">{it.times}</td>
            <td>{it.run_id !== null && <a href={href(`/runs/${it.run_id}`)}>run</a>}</td>
            <td>
              <a href={href(`/api/quarantine/${it.id}`)} download={`${it.id}.json`} aria-label={`Bytes of item ${it.id}`}>
                bytes
              </a>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

const Day = ({ stats }: { readonly stats: Stats }) => (
  <>
    <h2>
      The last day{' '}
      <small>
        {stats.of.toLocaleString('en')} runs{stats.capped ? ', the newest' : ''}
      </small>
    </h2>
    <div className="two">
      <Table
        caption="Agents"
        heads={['Agent', 'Runs', 'Failed', 'p50', 'p95', 'Cost']}
        rows={stats.agents.map(it => [it.agent, count(it.runs), count(it.failed), span(it.p50_ms), span(it.p95_ms), spent(it.cost)])}
      />
      <Table
        caption="Models"
        heads={['Model', 'Calls', 'In', 'Out', 'Cost']}
        rows={stats.models.map(it => [it.model, count(it.calls), count(it.input_tokens), count(it.output_tokens), spent(it.cost)])}
      />
      <Table
        caption="Tools"
        heads={['Tool', 'Calls', 'Failed', 'p50', 'p95']}
        rows={stats.tools.map(it => [it.tool, count(it.calls), count(it.errors), span(it.p50_ms), span(it.p95_ms)])}
      />
    </div>
  </>
)

/** Nothing is also what stands where nobody knows. */
const spent = (dollars: number): string => (dollars === 0 ? '–' : cost(dollars))

const span = (ms: number | null): string => (ms === null ? '–' : duration(ms))

type TableProps = { readonly caption: string; readonly heads: readonly string[]; readonly rows: readonly (readonly string[])[] }

const Table = ({ caption, heads, rows }: TableProps) =>
  rows.length === 0 ? null : (
    <table>
      <caption>{caption}</caption>
      <thead>
        <tr>
          {heads.map((it, n) => (
            <th key={it} scope="col" className={n > 0 ? 'num' : ''}>
              {it}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(([name = '', ...cells]) => (
          <tr key={name}>
            <th scope="row">{line(name)}</th>
            {cells.map((cell, n) => (
              <td key={heads[n + 1]} className="num">
                {cell}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
