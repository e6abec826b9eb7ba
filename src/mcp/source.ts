import type { Comparison } from '../model/api/comparison.ts'
import type { RunItemPage } from '../model/api/run-item.ts'
import type { StepItemPage } from '../model/api/step-item.ts'
import type { ArtifactPage } from '../model/artifact.ts'
import type { RunDetail } from '../model/run.ts'
import type { Step } from '../model/step.ts'

export type ArtifactBytes = { readonly type: string; readonly bytes: Uint8Array }

/** What the tools read from: the API's answers. Each rejects with a SourceError that says what was wrong with what was asked. */
export type Source = {
  readonly runs: (asked: { readonly q: string; readonly limit: number; readonly cursor?: string | undefined }) => Promise<RunItemPage>
  readonly run: (id: string) => Promise<RunDetail>
  readonly steps: (run: string, after: number, limit: number) => Promise<StepItemPage>
  readonly step: (run: string, step: string) => Promise<Step>
  readonly artifacts: (run: string) => Promise<ArtifactPage>
  readonly artifact: (run: string, artifact: string) => Promise<ArtifactBytes>
  readonly compare: (a: string, b: string) => Promise<Comparison>
}

/** There is no such thing, or it was asked for wrongly: who asked can do better. */
export class SourceError extends Error {
  override readonly name = 'SourceError'
}
