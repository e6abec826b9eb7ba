import { createHash, timingSafeEqual } from 'node:crypto'

/** Who sends, and who reads: each has tokens of its own. */
export type Side = 'ingest' | 'read'
export type Refusal = { readonly status: 401 | 403; readonly detail: string }

export type Tokens = {
  /** Whether that side has tokens at all. */
  readonly guards: (side: Side) => boolean
  /** Why `authorization` (`Bearer …`) does not open that side; undefined where it does. */
  readonly refusal: (side: Side, authorization: string | undefined) => Refusal | undefined
}

/** The tokens of both sides. How long a comparison takes tells nothing: digests of all are compared, in constant time each. */
export const createTokens = (given: { readonly ingestTokens: readonly string[]; readonly readTokens: readonly string[] }): Tokens => {
  const sides: Readonly<Record<Side, readonly Buffer[]>> = { ingest: given.ingestTokens.map(digest), read: given.readTokens.map(digest) }
  return {
    guards: side => sides[side].length > 0,
    refusal: (side, authorization) => {
      const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1]
      const said = digest(token ?? '')
      const matches = (tokens: readonly Buffer[]): boolean => tokens.filter(accepted => timingSafeEqual(accepted, said)).length > 0
      const [isOurs, isOthers] = [matches(sides[side]), matches(sides[side === 'read' ? 'ingest' : 'read'])]
      if (token !== undefined && isOurs) return undefined
      const expected = `Expected authorization: Bearer and one of ${variables[side]}`
      return token !== undefined && isOthers
        ? { status: 403, detail: `${expected}, got one of the other side` }
        : { status: 401, detail: expected }
    },
  }
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

const variables: Readonly<Record<Side, string>> = { ingest: 'RUNLEDGER_INGEST_TOKEN', read: 'RUNLEDGER_READ_TOKEN' }
