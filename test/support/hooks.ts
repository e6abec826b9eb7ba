import { stopTestServer } from './database.ts'

const stopMs = 60_000

export const mochaHooks = {
  async afterAll(this: Mocha.Context) {
    this.timeout(stopMs)
    await stopTestServer()
  },
}
