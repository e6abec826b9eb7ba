import type { Said } from './reading.ts'
import { present } from './value.ts'

/**
 * Who an agent is. Frameworks make ids up for each process or object, so its name identifies an agent better; an id that
 * spells the name (`travel-concierge`, Travel Concierge) was chosen by somebody and is believed.
 */
export const agentFrom = (id: string | undefined, name: string | undefined): Said['agent'] | undefined => {
  if (id === undefined && name === undefined) return undefined
  return id === undefined || name === undefined || spelled(id) === spelled(name) ? present({ id, name }) : { name }
}

const spelled = (text: string): string => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')
