import { withRun } from 'runledger/sdk'

const weather = async (city: string) => ({ city, celsius: 4, sky: 'rain' })

await withRun({ agent: 'weather-agent', input: 'Do I need an umbrella in Oslo?' }, async run => {
  run.plan(['Ask for the weather', 'Answer'])
  const { sky } = await run.tool('get_weather', { city: 'Oslo' }, ({ city }) => weather(city))
  const answer = await run.thinking(async () => (sky === 'rain' ? 'Take it.' : 'Leave it.'), { model: 'my-model' })
  await run.artifact({ role: 'output', path: 'answer.txt', mimeType: 'text/plain', content: answer })
})
