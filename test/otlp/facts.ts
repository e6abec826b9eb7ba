import fc from 'fast-check'
import type { Item, Value } from '../../src/model/fact.ts'

/** A value, and how OTLP/JSON says it. */
export type Said = { readonly value: Value; readonly json: unknown }

const leaf: fc.Arbitrary<Said> = fc.oneof(
  fc.string({ unit: 'binary' }).map(value => ({ value, json: { stringValue: value } })),
  fc.boolean().map(value => ({ value, json: { boolValue: value } })),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(exact => {
    const number = Number(exact)
    return { value: Number.isSafeInteger(number) ? number : exact, json: { intValue: String(exact) } }
  }),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(value => ({ value, json: { doubleValue: Object.is(value, -0) ? '-0' : value } })),
  fc
    .constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY)
    .map(value => ({ value, json: { doubleValue: String(value) } })),
  fc.uint8Array({ maxLength: 20 }).map(value => ({ value, json: { bytesValue: Buffer.from(value).toString('base64') } })),
  fc.constant({ value: null, json: {} }),
)

/** Any value, lists and key-value lists among them. */
export const said: fc.Arbitrary<Said> = fc.letrec<{ said: Said }>(tie => ({
  said: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc
      .array(tie('said'), { maxLength: 4 })
      .map(all => ({ value: all.map(({ value }) => value), json: { arrayValue: { values: all.map(({ json }) => json) } } })),
    fc.array(fc.tuple(fc.string(), tie('said')), { maxLength: 4 }).map(all => ({
      value: new Map(all.map(([key, { value }]) => [key, value])),
      json: { kvlistValue: { values: all.map(([key, { json }]) => ({ key, value: json })) } },
    })),
  ),
})).said

/** An item without what differs between two encodings of it. */
export const withoutDigest = <T extends Item>({ digest: _, ...item }: T): Omit<T, 'digest'> => item
