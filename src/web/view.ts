/** The ways to look at a run, in the order of their tabs. */
export const views = ['steps', 'timeline', 'artifacts', 'text', 'raw'] as const
export type View = (typeof views)[number]
