import type { Changes, ChangesAsk, ReadChanges, RunEvent } from '../model/event.ts'

/** What a reader of a run holds: nothing (no cursor), the rows at revision `cursor`, or it can't be said what (0). */
export type Reader = {
  readonly cursor: number | undefined
  /** Whether it may hold any step at all. */
  readonly holds: boolean
}

export type Drained =
  | { readonly kind: 'current'; readonly reader: Reader }
  /** The run is no more; the reader has been told, or knew. */
  | { readonly kind: 'ended'; readonly told: boolean }
  | { readonly kind: 'unknown' }

export type Write = (events: readonly RunEvent[]) => Promise<void>

/**
 * Hands `write` what changed in `run` since the reader's cursor, in an order in which each event can be applied as it comes,
 * until the reader holds exactly the rows of one revision; that one's number is the `id` of the last event. Nothing is held
 * open while `write` waits.
 *
 * Parts are read from a run that goes on changing. A row that a commit moves from before to behind the place that is being read
 * would be left out, so a pass in which the revision grew is followed by another over what has come since it began, told to
 * what the reader knew at the start; only a pass over one revision gives out an id.
 */
export const drain = async (read: ReadChanges, run: string, reader: Reader, write: Write): Promise<Drained> => {
  let pass = await begin(run, reader, write)
  for (;;) {
    const part = await read(run, askOf(pass))
    if (part.kind !== 'run') return end(run, reader, part, write)
    if (part.revision === pass.known) return { kind: 'current', reader }
    if (isLost(pass, part)) {
      // Said as well, for who would see why something has gone.
      await write(part.events.filter(({ event }) => event.endsWith('.removed')))
      pass = await reset(run, write)
      continue
    }
    if (part.events.length > 0) await write(part.events)
    pass = advance(pass, part)
    if (part.next !== undefined) continue
    if (pass.start === part.revision) {
      await write([{ event: 'run.updated', data: part.run, id: part.revision }])
      return { kind: 'current', reader: { cursor: part.revision, holds: pass.holds } }
    }
    pass = { ...pass, since: pass.start ?? part.revision, start: undefined }
  }
}

type Pass = ChangesAsk & {
  /** The revision at which this pass began; none yet before its first part. */
  readonly start: number | undefined
  readonly holds: boolean
}

type Part = Extract<Changes, { kind: 'run' }>

const fromNothing: Pass = { known: 0, since: 0, seen: 0, start: undefined, holds: false }

const begin = async (run: string, { cursor, holds }: Reader, write: Write): Promise<Pass> => {
  if (cursor === undefined) return fromNothing
  if (cursor === 0) return reset(run, write)
  return { known: cursor, since: cursor, seen: cursor, start: undefined, holds }
}

// The id: who is cut off before the next one may by then have a cursor that the run has reached, and would miss what was taken away.
const reset = async (run: string, write: Write): Promise<Pass> => {
  await write([{ event: 'reset', data: JSON.stringify({ run_id: run }), id: 0 }])
  return fromNothing
}

const askOf = ({ known, since, seen, from }: Pass): ChangesAsk => ({ known, since, seen, from })

// A revision that never was; or none of the steps it holds is left: the run may have gone and come back without leaving tombstones.
const isLost = (pass: Pass, part: Part): boolean => pass.seen > part.revision || (pass.holds && !part.hasOlder)

const advance = (pass: Pass, part: Part): Pass => ({
  ...pass,
  seen: part.revision,
  start: pass.start ?? part.revision,
  holds: pass.holds || part.events.some(({ event }) => event.startsWith('step.')),
  from: part.next,
})

const end = async (run: string, reader: Reader, part: Exclude<Changes, Part>, write: Write): Promise<Drained> => {
  if (part.kind === 'unknown') return { kind: 'unknown' }
  const knows = reader.cursor !== undefined && reader.cursor >= part.revision
  if (knows) return { kind: 'ended', told: false }
  const id = part.revision
  await write([
    part.kind === 'moved'
      ? { event: 'run.moved', data: JSON.stringify({ run_id: run, moved_to: part.to }), id }
      : { event: 'run.removed', data: JSON.stringify({ run_id: run }), id },
  ])
  return { kind: 'ended', told: true }
}
