import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const maxBytes = 6_000

const bundle = () =>
  build({
    entryPoints: [fileURLToPath(new URL('../../src/sdk/index.ts', import.meta.url))],
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'neutral',
    packages: 'external',
    write: false,
    metafile: true,
  })

describe('the bundled SDK', () => {
  it(`is at most ${maxBytes} bytes, compressed`, async () => {
    const { outputFiles } = await bundle()
    const size = gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length
    assert.ok(size <= maxBytes, `Expected at most ${maxBytes} bytes, got ${size}`)
    assert.ok(size > 1_000, `Expected a bundle with something in it, got ${size} bytes`)
  })

  it('imports the OpenTelemetry API and nothing else', async () => {
    const { metafile } = await bundle()
    const imported = Object.values(metafile.outputs).flatMap(output => output.imports.map(i => i.path))
    assert.deepEqual([...new Set(imported)], ['@opentelemetry/api'])
    for (const input of Object.keys(metafile.inputs)) assert.match(input, /^src\/(sdk\/|semconv\.ts$)/)
  })
})
