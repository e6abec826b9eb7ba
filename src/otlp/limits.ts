/** What a signal's items are called in messages to operators. */
export const nouns = { traces: 'spans', logs: 'log records' } as const
