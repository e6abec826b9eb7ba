import mocha from 'mocha'

/** Mocha's spec reporter, with one plain last line that scripts can read. */
export default class Reporter extends mocha.reporters.Spec {
  constructor(runner: mocha.Runner, options: mocha.MochaOptions) {
    super(runner, options)
    runner.once('end', () => {
      const { passes, failures, pending } = this.stats
      const skipped = pending === 0 ? '' : `, ${pending} skipped`
      console.log(`${passes} passed, ${failures} failed${skipped}`)
    })
  }
}
