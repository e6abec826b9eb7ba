import { mkdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { type ColumnSource, fileWriter, ParquetWriter, schemaFromColumnData } from 'hyparquet-writer'
import type { Run } from '../model/run.ts'
import type { Step } from '../model/step.ts'

type Column<T> = {
  readonly name: string
  readonly type: 'STRING' | 'INT32' | 'DOUBLE' | 'TIMESTAMP' | 'BOOLEAN'
  readonly of: (row: T) => unknown
}

const time = (instant: string | null): Date | null => (instant === null ? null : new Date(instant))
const json = (value: unknown): string | null => (value === null ? null : JSON.stringify(value))

const runColumns: readonly Column<Run>[] = [
  { name: 'id', type: 'STRING', of: run => run.id },
  { name: 'agent_id', type: 'STRING', of: run => run.agent_id },
  { name: 'status', type: 'STRING', of: run => run.status },
  { name: 'created_at', type: 'TIMESTAMP', of: run => time(run.created_at) },
  { name: 'updated_at', type: 'TIMESTAMP', of: run => time(run.updated_at) },
  { name: 'ended_at', type: 'TIMESTAMP', of: run => time(run.ended_at) },
  { name: 'session_id', type: 'STRING', of: run => run.session_id },
  { name: 'steps', type: 'INT32', of: run => run.steps },
  { name: 'errors', type: 'INT32', of: run => run.errors },
  { name: 'artifacts', type: 'INT32', of: run => run.artifacts },
  { name: 'gaps', type: 'INT32', of: run => run.gaps },
  { name: 'input_tokens', type: 'DOUBLE', of: run => run.input_tokens },
  { name: 'output_tokens', type: 'DOUBLE', of: run => run.output_tokens },
  { name: 'cost', type: 'DOUBLE', of: run => run.cost },
  { name: 'task_input', type: 'STRING', of: run => json(run.task_input) },
  { name: 'metadata', type: 'STRING', of: run => json(run.metadata) },
]

const stepColumns: readonly Column<Step>[] = [
  { name: 'run_id', type: 'STRING', of: step => step.run_id },
  { name: 'id', type: 'STRING', of: step => step.id },
  { name: 'sequence', type: 'INT32', of: step => step.sequence },
  { name: 'type', type: 'STRING', of: step => step.type },
  { name: 'timestamp', type: 'TIMESTAMP', of: step => time(step.timestamp) },
  { name: 'latency_ms', type: 'DOUBLE', of: step => step.latency_ms },
  { name: 'emitted_sequence', type: 'INT32', of: step => step.emitted_sequence },
  { name: 'trace_id', type: 'STRING', of: step => step.trace_id },
  { name: 'span_id', type: 'STRING', of: step => step.span_id },
  { name: 'parent_step_id', type: 'STRING', of: step => step.parent_step_id },
  { name: 'agent', type: 'STRING', of: step => json(step.agent) },
  { name: 'content', type: 'STRING', of: step => json(step.content) },
  { name: 'attributes', type: 'STRING', of: step => json(step.attributes) },
]

/** Rows of a group are held until it is written. */
const groupRows = 5_000
const groupBytes = 16 * 2 ** 20

export type ParquetExport = {
  readonly addRun: (run: Run) => Promise<void>
  readonly addStep: (step: Step) => Promise<void>
  readonly finish: () => Promise<void>
}

/** Writes `runs.parquet` and `steps.parquet` into a folder; they are there, whole, after `finish`. */
export const createParquetExport = (folder: string): ParquetExport => {
  mkdirSync(folder, { recursive: true })
  const runs = createTable(join(folder, 'runs.parquet'), runColumns)
  const steps = createTable(join(folder, 'steps.parquet'), stepColumns)
  return {
    addRun: runs.add,
    addStep: steps.add,
    finish: async () => {
      await runs.finish()
      await steps.finish()
    },
  }
}

const createTable = <T>(path: string, columns: readonly Column<T>[]) => {
  const writer = new ParquetWriter({ writer: fileWriter(`${path}.new`), schema: schemaFromColumnData({ columnData: dataOf(columns, []) }) })
  let rows: T[] = []
  let bytes = 0
  const flush = async (): Promise<void> => {
    if (rows.length > 0) await writer.write({ columnData: dataOf(columns, rows), rowGroupSize: groupRows })
    rows = []
    bytes = 0
  }
  return {
    add: async (row: T): Promise<void> => {
      rows.push(row)
      bytes += JSON.stringify(row).length
      if (rows.length >= groupRows || bytes >= groupBytes) await flush()
    },
    finish: async (): Promise<void> => {
      await flush()
      await writer.finish()
      renameSync(`${path}.new`, path)
    },
  }
}

const dataOf = <T>(columns: readonly Column<T>[], rows: readonly T[]): ColumnSource[] =>
  columns.map(({ name, type, of }) => ({ name, data: rows.map(of), type, nullable: true }))
