import type { StepItem } from '../model/api/step-item.ts'
import { cost, count, duration, line } from './format.ts'
import { type Icon, IconOf } from './icons.tsx'
import type { Scale, Span } from './scale.ts'
import { type GapRow, type GroupRow, isFailed, type Row, type StepRow } from './step-rows.ts'

type Props = {
  readonly row: Row
  readonly index: number
  readonly of: number
  readonly selected: boolean
  readonly late: boolean
  readonly span: Span | undefined
  readonly scale: Scale
  readonly nowMs: number
  readonly onSelect: () => void
  readonly onToggle: () => void
}

/** One row: what it is, what it says, and where in time it lies. */
export const RowOf = (props: Props) => {
  const { row, index, of, selected, late, onSelect, onToggle } = props
  const group = row.kind === 'group' ? row : undefined
  const classes = [
    'step',
    `row-${row.kind}`,
    selected ? 'selected' : '',
    late ? 'late' : '',
    row.kind === 'step' && isFailed(row.step) ? 'failed' : '',
  ]
  return (
    <div
      className={classes.join(' ')}
      role="row"
      id={`row-${index}`}
      tabIndex={selected ? 0 : -1}
      aria-level={row.depth + 1}
      aria-posinset={index + 1}
      aria-setsize={of}
      aria-rowindex={index + 1}
      aria-selected={selected}
      aria-expanded={group?.isOpen}
      onClick={() => {
        onSelect()
        if (group !== undefined) onToggle()
      }}
    >
      {row.kind === 'step' && <StepCells {...props} row={row} />}
      {row.kind === 'gap' && <GapCells row={row} />}
      {row.kind === 'group' && <GroupCells row={row} />}
    </div>
  )
}

const words: Readonly<Record<StepItem['type'], string>> = {
  thought: 'thought',
  tool_call: 'call',
  tool_result: 'result',
  error: 'error',
  plan_update: 'plan',
}

const StepCells = ({ row, span, scale, nowMs, late }: Props & { readonly row: StepRow }) => {
  const { step, depth, answers, parallel, open } = row
  const end = open ? Math.max(nowMs, span?.end ?? 0) : (span?.end ?? 0)
  const lasts = open ? end - (span?.start ?? 0) : step.latency_ms
  return (
    <>
      <span className="num seq" role="gridcell">
        {step.sequence}
      </span>
      <span className={`kind kind-text-${step.type}`} role="gridcell" style={{ paddingInlineStart: `${depth * 16}px` }}>
        {depth > 0 && <span className="elbow" aria-hidden="true" />}
        <IconOf name={step.type} /> {words[step.type]}
      </span>
      <span className="said" role="gridcell">
        {parallel > 1 && <span className="tag">∥ {parallel}</span>}
        {answers !== undefined && <span className="tag">of #{answers}</span>}
        {late && <span className="tag">late</span>}
        {step.name !== null && <b>{line(step.name)}</b>} {isFailed(step) && <span className="bad">failed</span>}{' '}
        {step.captured ? line(step.preview) : <i>content was not sent</i>}
      </span>
      <span className="num figures" role="gridcell">
        {step.artifacts > 0 && <span className="tag">▣ {step.artifacts}</span>}
        {step.model !== null && step.input_tokens !== null && `${count(step.input_tokens)}→${count(step.output_tokens ?? 0)}`}{' '}
        {step.cost !== null && cost(step.cost)}
      </span>
      <span className="num lasts" role="gridcell">
        {lasts === null ? '' : duration(lasts)}
        {open ? ' …' : ''}
        <span className="unseen">{span === undefined ? '' : `, starts at ${duration(span.start)}`}</span>
      </span>
      <span className="lane" role="gridcell" aria-label="place in time">
        {span !== undefined && <Bar step={step} start={scale.at(span.start)} end={scale.at(end)} open={open} />}
      </span>
    </>
  )
}

const Bar = ({
  step,
  start,
  end,
  open,
}: {
  readonly step: StepItem
  readonly start: number
  readonly end: number
  readonly open: boolean
}) => {
  if (end < 0 || start > 1) return null
  const left = Math.max(0, start)
  return (
    <span
      className={`time kind-${step.type}${isFailed(step) ? ' hatched' : ''}${open ? ' open' : ''}`}
      style={{ left: `${left * 100}%`, width: `max(2px, ${(Math.min(1, end) - left) * 100}%)` }}
    />
  )
}

const GapCells = ({ row }: { readonly row: GapRow }) => (
  <>
    <span className="num seq" role="gridcell">
      ▲
    </span>
    <span className="kind" role="gridcell">
      <IconOf name={'gap' satisfies Icon} /> missing
    </span>
    <span className="said" role="gridcell">
      {row.from === row.to ? `Step ${row.from}` : `Steps ${row.from} to ${row.to}`} of the agent's own count did not arrive. They may come
      late; if the sender drops spans, look at its queue and at Status.
    </span>
  </>
)

const GroupCells = ({ row }: { readonly row: GroupRow }) => (
  <>
    <span className="num seq" role="gridcell">
      {row.first.sequence}
    </span>
    <span className="kind" role="gridcell" style={{ paddingInlineStart: `${row.depth * 16}px` }}>
      <IconOf name={row.isOpen ? 'unfold' : 'fold'} /> agent
    </span>
    <span className="said" role="gridcell">
      <b>{line(row.agent)}</b> {row.steps} steps {row.failed > 0 && <span className="bad">{row.failed} failed</span>}{' '}
      {!row.isOpen && `${line(row.first.preview)} → ${line(row.last.preview)}`}
    </span>
  </>
)
