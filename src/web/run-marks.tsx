import type { RunItem } from '../model/api/run-item.ts'
import type { RunStatus } from '../model/run.ts'
import { many } from './format.ts'
import { IconOf } from './icons.tsx'

/** A status as icon and word. */
export const Status = ({ status }: { readonly status: RunStatus }) => (
  <span className={`status status-${status}`}>
    <IconOf name={status} /> {status}
  </span>
)

type Marked = Pick<RunItem, 'gaps' | 'abandoned' | 'inferred'> & { readonly parked: boolean; readonly quarantined?: number }

/** What is to be known of a run beside its status. */
export const Marks = ({ run }: { readonly run: Marked }) => (
  <>
    {run.gaps > 0 && <span className="mark">▲ {many(run.gaps, 'step')} missing</span>}
    {run.abandoned && <span className="mark">no end received</span>}
    {run.parked && <span className="mark bad">parked</span>}
    {(run.quarantined ?? 0) > 0 && <span className="mark bad">{many(run.quarantined ?? 0, 'item')} refused</span>}
  </>
)
