import { useEffect, useRef, useState } from 'react'
import type { StepItem, StepItemPage } from '../model/api/step-item.ts'
import type { RunDetail } from '../model/run.ts'
import { announce } from './announce.tsx'
import { followEvents, type StreamState, type Told } from './events.ts'
import { many } from './format.ts'
import { askJson, type RequestError } from './request.ts'
import { problemFrom } from './use-answer.ts'

export type RunView = {
  readonly id: string
  readonly run: RunDetail | undefined
  readonly steps: readonly StepItem[]
  /** Whether every step there was has been read. */
  readonly whole: boolean
  readonly error: RequestError | undefined
  readonly stream: StreamState | undefined
  /** Steps that came, after the page was opened, before steps that were there. */
  readonly late: ReadonlySet<string>
  readonly forgetLate: () => void
  readonly again: () => void
}

const firstPage = 200
const pageSize = 2_000
const gatherMs = 200

/** A run with all its steps, kept as they are by the run's events. */
export const useRun = (id: string): RunView => {
  const [run, setRun] = useState<RunDetail>()
  const [steps, setSteps] = useState<readonly StepItem[]>([])
  const [whole, setWhole] = useState(false)
  const [error, setError] = useState<RequestError>()
  const [stream, setStream] = useState<StreamState>()
  const [late, setLate] = useState<ReadonlySet<string>>(new Set())
  const [round, setRound] = useState(0)
  const held = useRef<readonly StepItem[]>([])
  useEffect(() => {
    const gone = new AbortController()
    const show = (next: readonly StepItem[]): void => {
      held.current = next
      setSteps(next)
    }
    let stop = (): void => {}
    const load = async (): Promise<void> => {
      const [revision] = await Promise.all([
        readFrom(id, -1, gone.signal, (items, page) => show(page === 0 ? items : [...held.current, ...items])),
        askJson<RunDetail>(`/api/runs/${id}`, { signal: gone.signal }).then(setRun),
      ])
      setWhole(true)
      setError(undefined)
      const keeper = createKeeper({ id, signal: gone.signal, held, show, setRun, setLate, reload: () => setRound(it => it + 1) })
      stop = followEvents({ path: `/api/runs/${id}/events`, from: String(revision), onState: setStream, onTold: keeper })
    }
    load().catch((problem: unknown) => !gone.signal.aborted && setError(problemFrom(problem)))
    return () => {
      gone.abort()
      stop()
    }
  }, [id, round])
  return { id, run, steps, whole, error, stream, late, forgetLate: () => setLate(new Set()), again: () => setRound(it => it + 1) }
}

/** Reads all steps behind `after`, page by page, a short one first; resolves to the lowest revision they were seen at. */
const readFrom = async (
  id: string,
  after: number,
  signal: AbortSignal,
  onPage: (items: readonly StepItem[], page: number) => void,
): Promise<number> => {
  let [next, page, revision]: [number | null, number, number] = [after, 0, Number.MAX_SAFE_INTEGER]
  while (next !== null) {
    const limit = page === 0 ? firstPage : pageSize
    const found: StepItemPage = await askJson<StepItemPage>(`/api/runs/${id}/steps?after=${next}&limit=${limit}`, { signal })
    onPage(found.items, page)
    revision = Math.min(revision, found.revision)
    next = found.next
    page += 1
  }
  return revision
}

type Keeping = {
  readonly id: string
  readonly signal: AbortSignal
  readonly held: { readonly current: readonly StepItem[] }
  readonly show: (steps: readonly StepItem[]) => void
  readonly setRun: (set: (old: RunDetail | undefined) => RunDetail | undefined) => void
  readonly setLate: (set: (old: ReadonlySet<string>) => ReadonlySet<string>) => void
  readonly reload: () => void
}

/** Takes events and reads anew from the first step they touch: rows without bodies, as the list has them. */
const createKeeper = (keeping: Keeping): ((told: readonly Told[]) => void) => {
  const { id, signal, held, show, setRun, setLate, reload } = keeping
  let from = Number.POSITIVE_INFINITY
  let timer: ReturnType<typeof setTimeout> | undefined
  const refresh = async (): Promise<void> => {
    timer = undefined
    const first = from
    from = Number.POSITIVE_INFINITY
    const tail: StepItem[] = []
    await readFrom(id, first - 1, signal, items => void tail.push(...items))
    const old = held.current
    const known = new Set(old.map(it => it.id))
    const news = tail.filter(it => !known.has(it.id))
    const late = news.filter(it => it.sequence <= (old.at(-1)?.sequence ?? -1))
    show([...old.filter(it => it.sequence < first), ...tail])
    if (late.length > 0) setLate(was => new Set([...was, ...late.map(it => it.id)]))
    if (late.length > 0) announce(late.length === 1 ? `step ${late[0]?.sequence} arrived late` : `${late.length} steps arrived late`)
    else if (news.length > 0) announce(`${many(news.length, 'new step')}, now ${held.current.length}`)
  }
  return told => {
    for (const { event, data } of told) {
      if (event === 'reset' || event === 'run.removed' || event === 'run.moved') return reload()
      if (event === 'run.updated') setRun(old => old && { ...old, ...asRun(data) })
      if (event.startsWith('step.')) from = Math.min(from, placeOf(data, held.current))
    }
    if (from < Number.POSITIVE_INFINITY && timer === undefined) timer = setTimeout(() => void refresh().catch(() => reload()), gatherMs)
  }
}

const asRun = (data: unknown): Partial<RunDetail> => (typeof data === 'object' && data !== null ? data : {})

/** The first place an event touches: where the step is, and where it was. */
const placeOf = (data: unknown, held: readonly StepItem[]): number => {
  const { step_id, sequence } = Object(data)
  const was = held.find(it => it.id === step_id)?.sequence ?? Number.POSITIVE_INFINITY
  return Math.min(was, typeof sequence === 'number' ? sequence : Number.POSITIVE_INFINITY)
}
