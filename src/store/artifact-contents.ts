import type { Knex } from 'knex'
import type { RunChange } from './ledger-diff.ts'

/** Bytes of contents bound in one statement. */
const maxStatementBytes = 8 * 2 ** 20

const insertSql = `
  insert into obs_artifact_contents (run_id, sha256, bytes)
  select x.run_id, x.sha256, x.bytes from unnest(?::uuid[], ?::text[], ?::bytea[]) as x (run_id, sha256, bytes)
  order by x.run_id, x.sha256
  on conflict (run_id, sha256) do nothing`

const sweepSql = `
  delete from obs_artifact_contents as c where c.run_id = any(?::uuid[])
    and not exists (select from obs_artifacts as a where a.run_id = c.run_id and a.sha256 = c.sha256)`

/** Stores what the added and updated artifacts hold, and lets go of what no artifact of its run holds any more. The artifacts come first. */
export const writeContents = async (trx: Knex, changes: readonly RunChange[]): Promise<void> => {
  const left = changes.filter(c => c.removedArtifacts.length > 0 || c.updatedArtifacts.length > 0).map(c => c.run.id)
  for (const batch of batchesOf(contentsOf(changes)))
    await trx.raw(insertSql, [batch.map(c => c.run), batch.map(c => c.sha256), batch.map(c => c.bytes)])
  if (left.length > 0) await trx.raw(sweepSql, [left])
}

type Content = { readonly run: string; readonly sha256: string; readonly bytes: Buffer }

const contentsOf = (changes: readonly RunChange[]): readonly Content[] => {
  const contents = new Map<string, Content>()
  for (const { run, addedArtifacts, updatedArtifacts } of changes)
    for (const { sha256, content } of [...addedArtifacts, ...updatedArtifacts])
      if (sha256 !== null && content !== null) contents.set(`${run.id}/${sha256}`, { run: run.id, sha256, bytes: Buffer.from(content) })
  return [...contents.values()]
}

const batchesOf = (contents: readonly Content[]): readonly (readonly Content[])[] => {
  const batches: Content[][] = []
  let room = 0
  for (const content of contents) {
    room -= content.bytes.length
    const batch = batches.at(-1)
    if (batch === undefined || room < 0) {
      batches.push([content])
      room = maxStatementBytes - content.bytes.length
    } else batch.push(content)
  }
  return batches
}

export type ArtifactContent = {
  readonly bytes: Buffer
  readonly sha256: string
  /** What the agent said of it: labels, not to be trusted. */
  readonly path: string
  readonly mime_type: string | null
}

/** The bytes of an artifact; undefined where there is no such artifact, or only its path and digest are known. */
export const artifactContent = async (db: Knex, run: string, artifact: string): Promise<ArtifactContent | undefined> => {
  const { rows } = await db.raw<{ rows: ArtifactContent[] }>(
    `select c.bytes, c.sha256, a.path, a.mime_type from obs_artifacts as a
     join obs_artifact_contents as c on c.run_id = a.run_id and c.sha256 = a.sha256
     where a.run_id = ? and a.id = ?`,
    [run, artifact],
  )
  return rows[0]
}
