import { connect, createServer, type Socket } from 'node:net'

export type Wire = {
  readonly origin: string
  /** Ends every connection and takes no other until it is mended. */
  readonly cut: () => void
  readonly mend: () => void
}

/** A wire between a browser and a server that can be cut, there from the first `before` of the describe that calls it. */
export const testWire = (target: () => string): Wire => {
  const ends = new Set<Socket>()
  let isCut = false
  let port = 0
  const server = createServer(near => {
    if (isCut) {
      near.destroy()
      return
    }
    const far = connect(Number(new URL(target()).port), '127.0.0.1')
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      ends.add(one)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        ends.delete(one)
        other.destroy()
      })
      one.pipe(other)
    }
  })
  before(
    () =>
      new Promise<void>(resolve => {
        server.listen(0, '127.0.0.1', () => {
          const address = server.address()
          if (address !== null && typeof address === 'object') port = address.port
          resolve()
        })
      }),
  )
  after(() => {
    for (const end of ends) end.destroy()
    server.close()
  })
  return {
    get origin() {
      return `http://127.0.0.1:${port}`
    },
    cut: () => {
      isCut = true
      for (const end of ends) end.destroy()
    },
    mend: () => {
      isCut = false
    },
  }
}
