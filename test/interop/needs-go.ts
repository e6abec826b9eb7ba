import { whyNoGo } from './programs.ts'

/** Skips the describe that calls it where nothing can be built from Go modules, and says so. */
export const needsGo = (): void => {
  before(function () {
    const why = whyNoGo()
    if (why === undefined) return
    console.log(`    SKIPPED: ${why}. The interop tests build a Collector and a Jaeger from Go modules`)
    this.skip()
  })
}
