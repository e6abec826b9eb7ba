import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { PRICE_SOURCE, priceOf } from '../src/price.ts'

const time = 1_777_593_600_000_000_000n
const near = (actual: number | undefined, expected: number): void =>
  assert.ok(actual !== undefined && Math.abs(actual - expected) < 1e-12, `Expected ${expected}, got ${actual}`)

describe('priceOf', () => {
  it('names the version of the list that is installed', () => {
    const { version } = JSON.parse(readFileSync('node_modules/@pydantic/genai-prices/package.json', 'utf8'))
    assert.equal(PRICE_SOURCE, `genai-prices ${version}`)
  })

  it('prices cached tokens by their own rate', () => {
    // gpt-4o: $2.50 a million in, $1.25 cached, $10 out.
    const price = priceOf({ provider: 'openai', requestModel: 'gpt-4o', inputTokens: 4_740, cachedTokens: 1_000, outputTokens: 255 }, time)
    near(price?.cost, (3_740 * 2.5 + 1_000 * 1.25 + 255 * 10) / 1e6)
    assert.equal(price?.source, PRICE_SOURCE)
  })

  it('takes counts that exclude what was cached as they are meant', () => {
    const price = priceOf({ provider: 'openai', requestModel: 'gpt-4o', inputTokens: 740, cachedTokens: 1_000 }, time)
    near(price?.cost, (740 * 2.5 + 1_000 * 1.25) / 1e6)
  })

  it('knows the providers by the names of the semantic conventions', () => {
    for (const [provider, model] of [
      ['azure.ai.openai', 'gpt-4o'],
      ['gcp.vertex_ai', 'gemini-2.5-flash'],
      ['aws.bedrock', 'anthropic.claude-3-5-sonnet-20241022-v2:0'],
    ] as const)
      assert.ok((priceOf({ provider, requestModel: model, inputTokens: 1_000 }, time)?.cost ?? 0) > 0, provider)
  })

  it('falls back from a model name that only the answer has to the one that was asked for', () => {
    const usage = { provider: 'openai', responseModel: 'our-deployment', requestModel: 'gpt-4o', outputTokens: 1_000_000 }
    near(priceOf(usage, time)?.cost, 10)
  })

  it('invents nothing for models, providers and counts that it does not know', () => {
    for (const usage of [
      {},
      { requestModel: 'gpt-4o' },
      { inputTokens: 10 },
      { requestModel: 'no-such-model', inputTokens: 10 },
      { provider: 'a-box-under-my-desk', requestModel: 'gpt-4o', inputTokens: 10 },
      { provider: 'openai', requestModel: 'gpt-4o', inputTokens: Number.POSITIVE_INFINITY },
      { provider: 'openai', requestModel: 'gpt-4o', inputTokens: -1 },
    ])
      assert.equal(priceOf(usage, time), undefined)
  })

  it('is total, and gives the same at every call', () =>
    fc.assert(
      fc.property(
        fc.record(
          {
            provider: fc.oneof(fc.string(), fc.constantFrom('openai', 'anthropic', '__proto__')),
            responseModel: fc.oneof(fc.string(), fc.constantFrom('gpt-5', 'claude-sonnet-4-5', 'constructor')),
            requestModel: fc.string(),
            inputTokens: fc.oneof(fc.nat(), fc.double()),
            outputTokens: fc.oneof(fc.nat(), fc.double()),
            cachedTokens: fc.nat(),
            cacheWriteTokens: fc.nat(),
          },
          { requiredKeys: [] },
        ),
        fc.bigInt(0n, 2n ** 64n - 1n),
        (usage, at) => {
          const price = priceOf(usage, at)
          assert.ok(price === undefined || (Number.isFinite(price.cost) && price.cost >= 0))
          assert.deepEqual(priceOf(usage, at), price)
        },
      ),
    ))
})
