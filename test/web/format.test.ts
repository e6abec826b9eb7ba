import assert from 'node:assert/strict'
import { ago, bytes, clock, cost, count, duration, line, many, visible } from '../../src/web/format.ts'

const cases: readonly (readonly [name: string, said: string, wanted: string])[] = [
  ['no time', duration(0), '0 ms'],
  ['less than a millisecond', duration(0.4), '<1 ms'],
  ['milliseconds', duration(839.6), '840 ms'],
  ['seconds, to the hundredth', duration(1_234), '1.23 s'],
  ['seconds, to the tenth', duration(12_440), '12.4 s'],
  ['minutes', duration(200_000), '3 m 20 s'],
  ['minutes, with a second of one digit', duration(61_000), '1 m 01 s'],
  ['hours', duration(3_900_000), '1 h 5 m'],
  ['now', ago(1_999), 'just now'],
  ['seconds ago', ago(12_000), '12 s ago'],
  ['minutes ago', ago(180_000), '3 m ago'],
  ['hours ago', ago(5 * 3_600_000), '5 h ago'],
  ['days ago', ago(50 * 3_600_000), '2 d ago'],
  ['few', count(902), '902'],
  ['thousands', count(8_120), '8.1k'],
  ['tens of thousands', count(48_200), '48k'],
  ['millions', count(1_200_000), '1.2M'],
  ['no cost', cost(0), '$0'],
  ['cents', cost(0.0214), '$0.0214'],
  ['dollars', cost(1.2), '$1.20'],
  ['bytes', bytes(812), '812 B'],
  ['kilobytes', bytes(48_000), '48 kB'],
  ['megabytes', bytes(2_100_000), '2.1 MB'],
  ['one', many(1, 'step'), '1 step'],
  ['many', many(12_000, 'step'), '12,000 steps'],
  ['many of an odd word', many(2, 'entry', 'entries'), '2 entries'],
]

describe('what the page says of numbers', () => {
  for (const [name, said, wanted] of cases) it(`${name}: ${wanted}`, () => assert.equal(said, wanted))

  it('gives the time of day to the millisecond', () => {
    const at = new Date(2026, 0, 2, 3, 4, 5, 6)
    assert.equal(clock(at.toISOString()), '03:04:05.006')
  })
})

describe('visible', () => {
  it('shows what turns text around or steers a terminal, and obeys none of it', () => {
    assert.equal(visible('a\u202eb\u001b[31mc\u0000\u007f\u2066'), 'a⟨202e⟩b⟨001b⟩[31mc⟨0000⟩⟨007f⟩⟨2066⟩')
  })

  it('leaves lines, tabs and letters of any script', () => {
    const text = 'a\tb\nשלום नमस्ते 👩‍👩‍👧'
    assert.equal(visible(text), text)
  })

  it('ends lines in one way', () => assert.equal(visible('a\r\nb'), 'a\nb'))

  it('comes to one line', () => assert.equal(line('a \n\t b\u202ec'), 'a b⟨202e⟩c'))
})
