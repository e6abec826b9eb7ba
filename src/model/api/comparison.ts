import { z } from 'zod'
import { RunItem } from './run-item.ts'
import { StepItem } from './step-item.ts'

/** A step of `a`, a step of `b`, or both where they do the same. `same`: also their contents are equal. */
export const ComparedRow = z.object({
  a: StepItem.nullable(),
  b: StepItem.nullable(),
  same: z.boolean().meta({ description: 'Both stand here and their contents are equal' }),
})
export type ComparedRow = z.infer<typeof ComparedRow>

const Delta = z.object({ figure: z.string(), a: z.number().nullable(), b: z.number().nullable() })

/** Two runs side by side, aligned by what they did. */
export const Comparison = z
  .object({
    a: RunItem,
    b: RunItem,
    rows: z.array(ComparedRow),
    first_divergence: z
      .number()
      .int()
      .nullable()
      .meta({ description: 'Index of the first row that is not the same in both; null: there is none' }),
    deltas: z.array(Delta),
    notes: z.array(z.string()).meta({ description: 'What to keep in mind when comparing these two' }),
    truncated: z.boolean().meta({ description: 'Only the first 5,000 steps of each were compared' }),
  })
  .meta({ id: 'Comparison' })
export type Comparison = z.infer<typeof Comparison>
