const shapes = {
  thought: 'M3 4.5h10v6H8l-3 2.5v-2.5H3z',
  tool_call: 'M9.5 3.2a3.2 3.2 0 0 0 3.6 4.3L6.8 13.7 3.6 10.5l6.2-6.2z',
  tool_result: 'M12.5 3.5v5h-8M7 5.5l-3 3 3 3',
  error: 'M8 2.5 14 13.5H2zM8 6.5v3.2M8 11.6v.2',
  plan_update: 'M3 4.5l1 1 1.6-2M8 4.5h5M3 8.5l1 1 1.6-2M8 8.5h5M8 12.5h5M3.5 12.5h1',
  agent: 'M8 2.2v1.6M4 3.8h8v6.4H4zM6.4 6.6v.8M9.6 6.6v.8M6 13h4M8 10.2V13',
  gap: 'M8 2.5v2M8 6.5v3M8 11.5v2',
  pending: 'M8 3a5 5 0 1 1 0 10A5 5 0 0 1 8 3z',
  running: 'M8 3a5 5 0 0 1 5 5M8 13a5 5 0 0 1-5-5',
  completed: 'M3.5 8.5 6.5 11.5 12.5 4.8',
  failed: 'M4.5 4.5l7 7M11.5 4.5l-7 7',
  cancelled: 'M8 3a5 5 0 1 1 0 10A5 5 0 0 1 8 3zM4.6 4.6l6.8 6.8',
  fold: 'M6 4l4 4-4 4',
  unfold: 'M4 6l4 4 4-4',
  external: 'M6 4H4v8h8v-2M8.5 3.5h4v4M12.5 3.5 7.5 8.5',
  copy: 'M6 6h7v7H6zM10 6V3H3v7h3',
} as const
export type Icon = keyof typeof shapes

/** An icon of 16 px. It is decoration: a word stands beside it. */
export const IconOf = ({ name }: { readonly name: Icon }) => (
  <svg className={`icon icon-${name}`} width="16" height="16" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
    <path d={shapes[name]} fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round" />
  </svg>
)
