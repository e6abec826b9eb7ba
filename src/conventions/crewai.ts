import type { Said } from './reading.ts'

/** A crew as an agent: one that its author named is called so, another is only a workflow around its agents. */
export const crewFrom = (name: string | undefined): Said['agent'] =>
  name === undefined || unnamed.test(name) ? { name: 'crew', wraps: true } : { name }

// CrewAI's own name, and OpenInference's: `Crew_81ee5d35-725a-42cc-8cbf-466a2cb2f8ba`.
const unnamed = /^(crew|Crew_[\da-f-]+)$/
