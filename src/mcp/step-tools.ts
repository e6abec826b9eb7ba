import { z } from 'zod'
import type { StepItem } from '../model/api/step-item.ts'
import { stepTypes } from '../model/content.ts'
import { answer, cutTo, fitted, roomOf } from './answer.ts'
import { stepLine } from './lines.ts'
import { firstSteps } from './run-tools.ts'
import { type Source, SourceError } from './source.ts'
import { larger, runId, type Tool, tokens, tool } from './tool.ts'

const searchedSteps = 10_000
const searchedRuns = 5

/** Tools about steps and artifacts. */
export const stepTools = (source: Source): readonly Tool[] => [getStep(source), searchSteps(source), getArtifact(source)]

const getStep = (source: Source): Tool =>
  tool({
    name: 'get_step',
    title: 'One step, whole',
    description: 'The content of one step: text, arguments, output or message, and what was said of it. Long contents come in pieces.',
    input: z.strictObject({
      run: runId,
      sequence: z.int().min(0).describe('Number of the step'),
      offset: z.int().min(0).default(0),
      max_tokens: tokens,
    }),
    call: async ({ run, sequence, offset, max_tokens }) => {
      const [item] = (await source.steps(run, sequence - 1, 1)).items
      if (item?.sequence !== sequence) throw new SourceError(`Run ${run} has no step #${sequence}`)
      const { content, attributes, ...step } = await source.step(run, item.id)
      const whole = JSON.stringify({ ...step, content, attributes }, null, 1)
      const rest = [...whole].slice(offset).join('')
      const piece = cutTo(rest, roomOf(max_tokens))
      const end = offset + [...piece].length
      const left = [...rest].length - [...piece].length
      return answer(
        piece,
        left === 0 ? undefined : { what: `${left} characters`, tool: 'get_step', arguments: { run, sequence, offset: end, max_tokens } },
      )
    },
  })

const searchSteps = (source: Source): Tool =>
  tool({
    name: 'search_steps',
    title: 'Search steps',
    description: `Steps whose beginning (400 characters) holds all words, of one run or of the newest ${searchedRuns} runs that have them.`,
    input: z.strictObject({
      words: z.string().min(1).max(500),
      run: runId.optional(),
      type: z.enum(stepTypes).optional(),
      after: z.int().min(-1).default(-1).describe('With `run`: steps behind this number only'),
      max_tokens: tokens,
    }),
    call: async ({ words, run, type, after, max_tokens }) => {
      const quoted = `"${words.replaceAll('"', ' ')}"`
      const runs = run === undefined ? (await source.runs({ q: quoted, limit: searchedRuns })).items.map(item => item.id) : [run]
      const found: StepItem[] = []
      for (const id of runs) {
        const steps = await firstSteps(source, id, run === undefined ? -1 : after, searchedSteps)
        found.push(...steps.filter(step => (type === undefined || step.type === type) && holds(step, words)))
      }
      if (found.length === 0) return answer('No step')
      const shown = fitted(
        found.map(step => `${run === undefined ? `${step.run_id} ` : ''}${stepLine(step)}`),
        roomOf(max_tokens),
      )
      const next = found[shown.length]
      const same = { words, ...(type === undefined ? {} : { type }), max_tokens }
      return answer(
        shown.join('\n'),
        next && {
          what: `${found.length - shown.length} of ${found.length} steps`,
          tool: 'search_steps',
          arguments: { ...same, run: next.run_id, after: next.sequence - 1 },
        },
      )
    },
  })

const holds = ({ name, preview }: StepItem, words: string): boolean => {
  const text = `${name ?? ''} ${preview}`.toLowerCase()
  return words
    .toLowerCase()
    .split(/\s+/)
    .every(word => text.includes(word))
}

const getArtifact = (source: Source): Tool =>
  tool({
    name: 'get_artifact',
    title: 'Artifacts of a run',
    description: 'Without `artifact`: what a run has made or was given. With it: its text, where its bytes were sent along and are text.',
    input: z.strictObject({ run: runId, artifact: z.guid().optional(), offset: z.int().min(0).default(0), max_tokens: tokens }),
    call: async ({ run, artifact, offset, max_tokens }) => {
      if (artifact === undefined) return listed(source, run, max_tokens)
      const { type, bytes } = await source.artifact(run, artifact)
      const text = textOf(bytes)
      if (text === undefined) return answer(`${bytes.length} bytes of ${type} that are no text`)
      const rest = [...text].slice(offset).join('')
      const piece = cutTo(rest, roomOf(max_tokens))
      const left = [...rest].length - [...piece].length
      const end = offset + [...piece].length
      return answer(
        piece,
        left === 0
          ? undefined
          : { what: `${left} characters`, tool: 'get_artifact', arguments: { run, artifact, offset: end, max_tokens } },
      )
    },
  })

const listed = async (source: Source, run: string, maxTokens: number) => {
  const { items, next } = await source.artifacts(run)
  if (items.length === 0) return answer('No artifact')
  const lines = fitted(
    items.map(({ id, role, path, mime_type, size_bytes }) => `${id} ${JSON.stringify({ role, path, mime_type, size_bytes })}`),
    roomOf(maxTokens),
  )
  const isWhole = lines.length === items.length && next === null
  return answer(
    lines.join('\n'),
    isWhole ? undefined : { what: 'further artifacts', tool: 'get_artifact', arguments: { run, max_tokens: larger(maxTokens) } },
  )
}

const textOf = (bytes: Uint8Array): string | undefined => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}
