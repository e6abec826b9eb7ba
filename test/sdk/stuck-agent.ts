import { withRun } from '../../src/sdk/index.ts'

/** An agent that hangs in a tool until somebody kills it. What reports it is set up before it starts. */
await withRun({ agent: 'stuck', input: 'Wait.', id: process.argv[2] ?? '' }, async run => {
  run.thought('This may take a while.')
  await run.tool('wait', { minutes: 60 }, () => new Promise(resolve => setTimeout(resolve, 3_600_000)))
})
