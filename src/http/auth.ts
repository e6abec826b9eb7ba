import { createHash, timingSafeEqual } from 'node:crypto'
import type { NextFunction, Request, RequestHandler, Response } from 'express'

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/**
 * Lets requests with `authorization: Bearer <one of tokens>` pass, all where there are no tokens; `refuse` answers the
 * others. Compared in constant time.
 */
export const requireToken = (tokens: readonly string[], refuse: (request: Request, response: Response) => void): RequestHandler => {
  const accepted = tokens.map(digest)
  return (request: Request, response: Response, next: NextFunction) => {
    const given = digest(/^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '')
    if (accepted.length === 0 || accepted.some(token => timingSafeEqual(token, given))) next()
    else refuse(request, response)
  }
}
