import { type ReactNode, useState } from 'react'
import type { StepItem } from '../model/api/step-item.ts'
import type { Json } from '../model/json.ts'
import type { Step } from '../model/step.ts'
import { bytes, clock, cost, count, duration, line, moment } from './format.ts'
import { IconOf } from './icons.tsx'
import { href } from './router.ts'
import { useAnswer } from './use-answer.ts'
import { SlicedValue, Value } from './value.tsx'

type Props = { readonly step: StepItem; readonly link: string | undefined; readonly onClose: () => void }

/** Larger contents are fetched in slices. */
const maxWhole = 262_144

const fields: Readonly<Record<StepItem['type'], readonly (readonly [field: string, title: string])[]>> = {
  thought: [
    ['text', 'Text'],
    ['reasoning', 'Reasoning'],
  ],
  tool_call: [['arguments', 'Input']],
  tool_result: [['output', 'Output']],
  error: [
    ['message', 'Message'],
    ['traceback', 'Traceback'],
  ],
  plan_update: [
    ['items', 'Plan'],
    ['explanation', 'Explanation'],
    ['text', 'Text'],
  ],
}

/** Everything of one step; its content is fetched when the panel opens. */
export const Detail = ({ step, link, onClose }: Props) => {
  const path = `/api/runs/${step.run_id}/steps/${step.id}`
  const isLarge = step.bytes > maxWhole
  const { value, error } = useAnswer<Step>(isLarge ? undefined : path)
  const whole = value?.id === step.id ? value : undefined
  return (
    <aside className="detail" aria-label={`Step ${step.sequence}`}>
      <div className="detail-head">
        <h2>
          <span className="num">#{step.sequence}</span> <IconOf name={step.type} /> {step.type.replace('_', ' ')}{' '}
          {step.name !== null && line(step.name)}
        </h2>
        <button type="button" onClick={onClose}>
          Close
        </button>
      </div>
      <Facts step={step} link={link} />
      {!step.captured && <p className="note">The agent was set up to send no content.</p>}
      {error !== undefined && <p className="bad">{error.message}</p>}
      {isLarge && <p className="note">{bytes(step.bytes)} of content: fetched a piece at a time.</p>}
      {isLarge &&
        fields[step.type].map(([field, title]) => (
          <SlicedValue key={`${step.id} ${field}`} title={title} path={`${path}?field=${field}`} whole={href(path)} />
        ))}
      {whole !== undefined && <Content key={whole.id} step={whole} />}
      {whole !== undefined && <Attributes attributes={whole.attributes} />}
    </aside>
  )
}

const Facts = ({ step, link }: Pick<Props, 'step' | 'link'>) => (
  <dl className="facts">
    <Fact name="At">
      <time title={moment(step.timestamp)}>{clock(step.timestamp)}</time>
    </Fact>
    {step.latency_ms !== null && <Fact name="Took">{duration(step.latency_ms)}</Fact>}
    {step.agent !== null && <Fact name="Agent">{line(step.agent.join(' › '))}</Fact>}
    {step.model !== null && <Fact name="Model">{line(step.model)}</Fact>}
    {step.input_tokens !== null && (
      <Fact name="Tokens">
        {count(step.input_tokens)} in, {count(step.output_tokens ?? 0)} out
        {step.cached_tokens ? `, ${count(step.cached_tokens)} cached` : ''}
      </Fact>
    )}
    {step.cost !== null && <Fact name="Cost">{cost(step.cost)}</Fact>}
    {step.finish_reason !== null && <Fact name="Ended by">{line(step.finish_reason)}</Fact>}
    {step.call_id !== null && <Fact name="Call">{line(step.call_id)}</Fact>}
    {step.span_id !== null && (
      <Fact name="Span">
        <code>{step.span_id}</code>{' '}
        {link !== undefined && (
          <a href={link} target="_blank" rel="noreferrer">
            trace <IconOf name="external" />
          </a>
        )}
      </Fact>
    )}
  </dl>
)

const Fact = ({ name, children }: { readonly name: string; readonly children?: ReactNode }) => (
  <div>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
)

const Content = ({ step }: { readonly step: Step }) => (
  <>
    {fields[step.type].map(([field, title]) => {
      const value = step.content[field]
      if (value === undefined || value === null) return null
      if (field === 'items' && Array.isArray(value)) return <Plan key={field} items={value} />
      const isText = typeof value === 'string'
      return (
        <Value
          key={field}
          title={title}
          json={!isText}
          text={isText ? value : JSON.stringify(value, null, 2)}
          dim={field === 'reasoning'}
        />
      )
    })}
  </>
)

const boxes: Readonly<Record<string, string>> = { pending: '☐', in_progress: '◐', completed: '☑', cancelled: '☒' }

const Plan = ({ items }: { readonly items: readonly Json[] }) => (
  <section className="value" aria-label="Plan">
    <div className="value-head">
      <h3>Plan</h3>
    </div>
    <ol className="plan">
      {items.map((item, n) => {
        const { title, status } = Object(item)
        return (
          <li key={n} className={`plan-${status}`}>
            <span aria-hidden="true">{boxes[String(status)] ?? '☐'}</span> {line(String(title))}{' '}
            <small>{String(status).replace('_', ' ')}</small>
          </li>
        )
      })}
    </ol>
  </section>
)

const Attributes = ({ attributes }: { readonly attributes: Step['attributes'] }) => {
  const [filter, setFilter] = useState('')
  const all = Object.entries(attributes)
  if (all.length === 0) return null
  const shown = all.filter(([name, value]) => `${name} ${JSON.stringify(value)}`.toLowerCase().includes(filter.toLowerCase()))
  return (
    <section className="value" aria-label="Attributes">
      <div className="value-head">
        <h3>
          Attributes <small>{all.length}</small>
        </h3>
        <input
          type="search"
          placeholder="filter"
          aria-label="Filter attributes"
          value={filter}
          onInput={event => setFilter(event.currentTarget.value)}
        />
      </div>
      <table>
        <tbody>
          {shown.slice(0, 200).map(([name, value]) => (
            <tr key={name}>
              <th scope="row">{line(name)}</th>
              <td>{line(typeof value === 'string' ? value.slice(0, 2_000) : JSON.stringify(value).slice(0, 2_000))}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {shown.length > 200 && <p className="note">The first 200 of {shown.length}; the filter finds the others.</p>}
    </section>
  )
}

/** What a run was asked, and what is said about it beside its steps. */
export const RunInput = ({ input, metadata }: { readonly input: Json; readonly metadata: Readonly<Record<string, Json>> }) => {
  const isText = typeof input === 'string'
  return (
    <aside className="detail" aria-label="The run">
      <div className="detail-head">
        <h2>The run</h2>
      </div>
      {input !== null && <Value title="Task" json={!isText} text={isText ? input : JSON.stringify(input, null, 2)} />}
      <Value title="Metadata" json text={JSON.stringify(metadata, null, 2)} />
    </aside>
  )
}
