import type { Knex } from 'knex'

/** What is parked is counted and listed often, and is rare. */
export const up = async (knex: Knex): Promise<void> => {
  await knex.raw('create index obs_projections_parked on obs_projections (parked_at) where parked is not null')
}

export const down = async (knex: Knex): Promise<void> => {
  await knex.raw('drop index obs_projections_parked')
}
