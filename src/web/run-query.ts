type Named = { readonly field: string; readonly values: readonly string[] }

const quoted = (value: string): string => (/[\s",]/.test(value) ? `"${value.replaceAll('"', '')}"` : value)

/** The values a query asks of one field, as its facet shows them. */
export const chosen = (query: string, field: string): readonly string[] => {
  const found = new RegExp(`(?:^|\\s)${field}:(?:"([^"]*)"|(\\S+))`, 'i').exec(query)
  if (found === null) return []
  return found[1] === undefined ? (found[2] ?? '').split(',').filter(it => it !== '') : [found[1]]
}

/** The query with the values of one field set; none takes the field away. */
export const choose = (query: string, { field, values }: Named): string => {
  const rest = query.replace(new RegExp(`(^|\\s)${field}:(?:"[^"]*"|\\S*)`, 'gi'), ' ')
  const asked = values.length === 0 ? '' : `${field}:${values.length === 1 ? quoted(values[0] ?? '') : values.join(',')}`
  return `${rest} ${asked}`.replace(/\s+/g, ' ').trim()
}
