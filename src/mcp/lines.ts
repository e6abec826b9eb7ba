import type { RunItem } from '../model/api/run-item.ts'
import type { StepItem } from '../model/api/step-item.ts'
import { durationText, plain } from '../view/run-text.ts'

/** A run on one line. */
export const runLine = (run: RunItem): string =>
  [
    run.id,
    run.created_at,
    run.status,
    plain(run.agent_id),
    `${run.steps} steps`,
    run.errors > 0 ? `${run.errors} errors` : undefined,
    run.duration_ms === null ? undefined : durationText(run.duration_ms),
    run.cost === null ? undefined : `$${run.cost.toPrecision(3)}`,
    run.models.length === 0 ? undefined : plain(run.models.join('+')),
    run.input === null ? undefined : `in: ${plain(run.input)}`,
    run.output === null ? undefined : `out: ${plain(run.output)}`,
  ]
    .filter(part => part !== undefined)
    .join(' | ')

/** A step on one line, with its number first. */
export const stepLine = (step: StepItem): string => {
  const name = step.name === null ? '' : ` ${plain(step.name)}`
  return `#${step.sequence} ${step.type}${name}${step.is_error ? ' (error)' : ''}: ${plain(step.preview)}`
}
