import assert from 'node:assert/strict'
import type { FilePart } from '../../src/conventions/reading.ts'
import { MAX_ARTIFACT_CONTENT_BYTES } from '../../src/model/artifact.ts'
import { agent, ask, ledgerOf, model, span, told, tool } from './readings.ts'

const file = (path: string, more: Partial<FilePart> = {}): FilePart => ({ role: 'output', path, ...more })

/** Artifacts as `path@type of its step`. */
const found = (...readings: Parameters<typeof ledgerOf>[0]): readonly string[] => {
  const { artifacts, steps } = ledgerOf(readings)
  return artifacts.map(a => `${a.path}@${steps.find(s => s.id === a.stepId)?.type}`).sort()
}

describe('assemble, artifacts', () => {
  it('belong to the result of their tool span, else to the step of their span', () => {
    assert.deepEqual(found(tool('t', { call: { name: 'a', output: 1 }, files: [file('x')] })), ['x@tool_result'])
    assert.deepEqual(found(tool('t', { to: 'open', call: { name: 'a' }, files: [file('x')] })), ['x@tool_call'])
    assert.deepEqual(found(told('t', 'thought', { text: 'a', files: [file('x')] })), ['x@thought'])
    assert.deepEqual(
      found(tool('t', { to: 30, call: { name: 'a', output: 1 } }), span('i', { parent: 't', role: 'transport', files: [file('x')] })),
      ['x@tool_result'],
    )
  })

  it('belong to the step before where their span is none, else to the first', () => {
    const thoughts = [model('m', { from: 10, to: 20, text: 'one' }), tool('t', { from: 30, to: 40, call: { name: 'a', output: 1 } })]
    assert.deepEqual(found(...thoughts, span('s', { from: 22, to: 25, files: [file('x')] })), ['x@thought'])
    assert.deepEqual(found(...thoughts, span('s', { from: 1, to: 2, files: [file('x')] })), ['x@thought'])
    assert.deepEqual(found(...thoughts, span('s', { from: 50, files: [file('x')] })), ['x@tool_result'])
  })

  it('are held back until the run has a step', () => assert.deepEqual(found(agent('root', { files: [file('x')] })), []))

  it('are those that arguments name, unless the call failed; and one, told twice', () => {
    const asked = model('m', { calls: [ask('write', { id: 'c', files: [file('x')] })] })
    const ran = (isError: boolean) => tool('t', { from: 20, call: { id: 'c', name: 'write', output: 1, isError }, files: [file('log')] })
    assert.deepEqual(found(asked, ran(false)), ['log@tool_result', 'x@tool_result'])
    assert.deepEqual(found(asked, ran(true)), ['log@tool_result'])
    const twice = tool('t', {
      call: { name: 'a', output: 1, files: [file('x', { mimeType: 'text/plain' })] },
      files: [file('x', { sizeBytes: 3 })],
    })
    assert.deepEqual(
      ledgerOf([twice]).artifacts.map(a => [a.path, a.mimeType, a.sizeBytes]),
      [['x', 'text/plain', 3]],
    )
  })

  it('are named by their step and place where they have no path, and known by their bytes', () => {
    const content = new TextEncoder().encode('abc')
    const { artifacts, steps } = ledgerOf([
      model('m', {
        text: 'x',
        files: [
          { role: 'output', mimeType: 'image/png', sizeBytes: 1 },
          { role: 'output', mimeType: 'image/png', sizeBytes: 2 },
          { role: 'output', content },
        ],
      }),
    ])
    assert.deepEqual(
      artifacts.map(a => a.path).sort(),
      [0, 1, 2].map(i => `inline:${steps[0]?.id}/${i}`),
    )
    assert.deepEqual(
      artifacts.flatMap(a => a.sha256 ?? []),
      ['ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    )
  })

  it('hold the bytes that came with one of their tellings, and their digest; too many bytes are none', () => {
    const held = (...files: readonly FilePart[]) =>
      ledgerOf([tool('t', { call: { name: 'a', output: 1, files: files.slice(1) }, files: files.slice(0, 1) })]).artifacts.map(
        ({ sha256, content }) => [sha256, content === null ? null : Buffer.from(content).toString()],
      )
    const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
    const content = Buffer.from('abc')
    assert.deepEqual(held(file('x', { sha256: 'f'.repeat(64), content })), [[abc, 'abc']])
    assert.deepEqual(held(file('x', { sha256: 'f'.repeat(64) }), file('x', { content })), [[abc, 'abc']])
    assert.deepEqual(held(file('x', { content }), file('x', { sha256: 'f'.repeat(64) })), [[abc, 'abc']])
    assert.deepEqual(held(file('x', { sha256: abc, content: Buffer.alloc(MAX_ARTIFACT_CONTENT_BYTES + 1) })), [[abc, null]])
  })

  it('of a later input or of the agent itself are told once', () => {
    const ticket = { role: 'input', path: 'ticket.pdf' }
    const given = { results: [], files: [ticket] }
    assert.deepEqual(
      found(
        agent('root', { to: 99, files: [file('map.png'), file('extra.png')] }),
        model('m', { parent: 'root', text: 'one', given, files: [file('map.png')] }),
        model('n', { parent: 'root', from: 20, text: 'two', given }),
      ),
      ['extra.png@thought', 'map.png@thought', 'ticket.pdf@thought'],
    )
  })
})
