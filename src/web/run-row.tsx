import type { RunItem } from '../model/api/run-item.ts'
import { ago, cost, count, duration, line, moment } from './format.ts'
import { href } from './router.ts'
import { Marks, Status } from './run-marks.tsx'

type Props = {
  readonly run: RunItem
  readonly now: number
  readonly selected: boolean
  readonly marked: boolean
  readonly onSelect: () => void
}

/** A run on two lines: what it is and cost, and what it was asked and came to. */
export const RunRow = ({ run, now, selected, marked, onSelect }: Props) => (
  <div className={`run${selected ? ' selected' : ''}`} role="listitem" aria-current={selected || undefined} onClick={onSelect}>
    <Status status={run.status} />
    <a className="run-name" href={href(`/runs/${run.id}`)} tabIndex={selected ? 0 : -1}>
      {line(run.agent_id)}
    </a>
    <span className="run-marks">
      {marked && <span className="mark picked">marked</span>}
      <Marks run={run} />
    </span>
    <span className="num run-steps">
      {run.steps.toLocaleString('en')} <Strip run={run} />
    </span>
    <span className="num">{duration(run.duration_ms ?? Math.max(0, now - Date.parse(run.created_at)))}</span>
    <span className="num run-tokens">{tokens(run)}</span>
    <span className="num run-cost">{run.cost === null ? '' : cost(run.cost)}</span>
    <span className="num run-ago" title={moment(run.created_at)}>
      {ago(now - Date.parse(run.created_at))}
    </span>
    <span className="run-said">
      {run.input === null && run.output === null && line(run.tools.join(', '))}
      {run.input !== null && <q>{line(run.input)}</q>}
      {run.output !== null && (
        <span className={run.status === 'failed' ? 'bad' : ''}>
          {' → '}
          {line(run.output)}
        </span>
      )}
    </span>
  </div>
)

const tokens = ({ input_tokens, output_tokens }: RunItem): string =>
  input_tokens === null && output_tokens === null ? '' : `${count(input_tokens ?? 0)} / ${count(output_tokens ?? 0)}`

const kinds = ['thought', 'tool_call', 'tool_result', 'plan_update', 'error'] as const

/** The share of each type of step; the same is said in words on hovering. */
const Strip = ({ run }: { readonly run: RunItem }) => {
  const words = kinds.flatMap(kind => (run.kinds[kind] ? [`${run.kinds[kind]} ${kind}`] : [])).join(', ')
  return (
    <span className="strip" title={words} aria-hidden="true">
      {kinds.map(kind => (
        <span key={kind} className={`kind-${kind}`} style={{ flexGrow: run.kinds[kind] ?? 0 }} />
      ))}
    </span>
  )
}
