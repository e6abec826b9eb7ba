import type { Attributes, SpanItem } from '../model/fact.ts'
import type { Reading } from './reading.ts'

type Sampling = NonNullable<Reading['sampling']>

/** With what probability a sampler kept this span, where one says so; undefined where nobody does, or it keeps everything. */
export const samplingOf = ({ traceState, attributes }: SpanItem): Sampling | undefined => {
  const said = fromTraceState(traceState) ?? fromAttributes(attributes)
  return said !== undefined && said.probability >= 0 && said.probability < 1 ? said : undefined
}

const thresholdDigits = 14
const thresholds = 2 ** (4 * thresholdDigits)
const neverExponent = 63

// OpenTelemetry's member of W3C tracestate, `ot=key:value;…`: `th`, the rejection threshold (hex digits, zeros at its end left
// out), and the older `p`, the exponent of a power of two.
const fromTraceState = (traceState: string | undefined): Sampling | undefined => {
  const member = traceState?.split(',').find(one => one.trim().startsWith('ot='))
  const fields = member?.trim().slice('ot='.length).split(';') ?? []
  const threshold = fields.find(field => /^th:[0-9a-f]{1,14}$/.test(field))?.slice('th:'.length)
  if (threshold !== undefined)
    return { by: 'tracestate', probability: 1 - Number.parseInt(threshold.padEnd(thresholdDigits, '0'), 16) / thresholds }
  const exponent = Number(fields.find(field => /^p:\d{1,2}$/.test(field))?.slice('p:'.length) ?? Number.NaN)
  if (!(exponent <= neverExponent)) return undefined
  return { by: 'tracestate', probability: exponent === neverExponent ? 0 : 2 ** -exponent }
}

const fromAttributes = (attributes: Attributes): Sampling | undefined => {
  const number = (key: string): number => {
    const value = attributes.get(key)
    return typeof value === 'number' ? value : Number.NaN
  }
  const told: readonly (readonly [string, number])[] = [
    ['sampling.probability', number('sampling.probability')],
    ['SampleRate', 1 / number('SampleRate')],
    ['sampler.param', attributes.get('sampler.type') === 'probabilistic' ? number('sampler.param') : Number.NaN],
  ]
  const found = told.find(([, probability]) => probability >= 0 && probability <= 1)
  return found && { by: found[0], probability: found[1] }
}
