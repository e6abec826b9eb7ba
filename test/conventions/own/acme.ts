import type { Convention } from '../../../src/index.ts'

/** What a user of a framework that nobody knows would write: its spans say `acme.kind`, `acme.name`, `acme.in` and `acme.out`. */
export const acme: Convention = {
  name: 'acme',
  speaks: item => item.attributes.has('acme.kind'),
  read: ({ attributes }) => {
    const text = (key: string): string => String(attributes.get(key) ?? '')
    const kind = text('acme.kind')
    return {
      said: {
        ...(kind === 'agent' ? { role: 'agent', agent: { name: text('acme.name') }, run: { taskInput: text('acme.in') } } : {}),
        ...(kind === 'model' ? { role: 'model', text: text('acme.out') } : {}),
        ...(kind === 'tool'
          ? { role: 'tool', call: { name: text('acme.name'), arguments: text('acme.in'), output: text('acme.out') } }
          : {}),
      },
      consumed: ['acme.kind', 'acme.name', 'acme.in', 'acme.out'],
    }
  },
}
