import { z } from 'zod'

/** Larger contents are not kept: such an artifact is its path and digest. */
export const MAX_ARTIFACT_CONTENT_BYTES = 64 * 1024

export const Artifact = z.object({
  id: z.guid(),
  step_id: z.guid(),
  run_id: z.guid(),
  role: z.string(),
  /** What the agent said: a label, never opened. */
  path: z.string(),
  mime_type: z.string().nullable(),
  size_bytes: z.number().int().nullable(),
  sha256: z.string().nullable(),
})
export type Artifact = z.infer<typeof Artifact>

/** A page of artifacts by id. `next` is the `after` of the page behind it. */
export const ArtifactPage = z.object({ items: z.array(Artifact), next: z.guid().nullable() })
export type ArtifactPage = z.infer<typeof ArtifactPage>
