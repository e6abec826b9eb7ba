/** A number among the attributes of the step `s`, null where it is none; `name` is of the source, never of a request. */
export const numberSql = (name: string): string =>
  `case when jsonb_typeof(s.attributes -> '${name}') = 'number' then (s.attributes ->> '${name}')::float8 end`
