import { withRun } from 'runledger/sdk'

await withRun({ agent: 'weather-agent', input: 'Do I need an umbrella in Oslo?' }, async run => {
  run.plan(['Ask for the weather', 'Answer'])
  const weather = await run.tool('get_weather', { city: 'Oslo' }, async ({ city }) => ({ city, sky: 'rain' }))
  const answer = await run.thinking(async () => `Take it: ${weather.sky} in ${weather.city}.`, { model: 'my-model' })
  await run.artifact({ role: 'output', path: 'answer.txt', mimeType: 'text/plain', content: answer })
})
