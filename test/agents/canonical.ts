/** JSON text that is the same for the same value, however its keys are ordered. */
export const canonical = (value: unknown): string => JSON.stringify(value, (_, one) => (isRecord(one) ? sorted(one) : one))

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

const sorted = (value: Record<string, unknown>) => Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
