import type { Knex } from 'knex'
import type { StepItem } from '../model/api/step-item.ts'
import { pageSteps } from './step-list.ts'

/** Steps with digests of their contents, in order; `call_id` is left out, it differs in every run. */
export const digestedSteps = async (
  db: Knex,
  run: string,
  limit: number,
): Promise<{ readonly steps: readonly { readonly step: StepItem; readonly digest: string }[]; readonly truncated: boolean }> => {
  const { items, next } = await pageSteps(db, run, -1, limit)
  const { rows } = await db.raw<{ rows: { id: string; digest: string }[] }>(
    `select s.id, md5((s.content - 'call_id')::text) as digest from obs_steps as s where s.run_id = ? order by s.sequence limit ?`,
    [run, limit],
  )
  const digests = new Map(rows.map(row => [row.id, row.digest]))
  return { steps: items.map(step => ({ step, digest: digests.get(step.id) ?? '' })), truncated: next !== null }
}
