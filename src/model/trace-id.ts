const traceDigits = 32
const spanDigits = 16

/** The trace id that somebody wrote as 1 to 32 hex digits of either case, in full; undefined where it is none. */
export const traceIdFrom = (text: string): string | undefined => idFrom(text, traceDigits)

/** The same for a span id: 1 to 16 hex digits. */
export const spanIdFrom = (text: string): string | undefined => idFrom(text, spanDigits)

// Jaeger leaves out leading zeros: of a 64-bit trace id the whole upper half.
const idFrom = (text: string, digits: number): string | undefined =>
  text.length <= digits && /^[0-9a-f]+$/i.test(text) && !/^0+$/.test(text) ? text.toLowerCase().padStart(digits, '0') : undefined
