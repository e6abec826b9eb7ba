/** Larger JSON is handed out as a preview with a link. */
export const maxInlineBytes = 64 * 1024
export const previewCharacters = 2_000

/**
 * SQL that says jsonb `value` (an expression), or a `Preview` of it where its text is larger than `maxInlineBytes`; `href` is
 * an expression for where it lies whole. What cannot be larger, since it is stored in little room, is not looked at.
 */
export const inlineSql = (value: string, href: string): string =>
  `case when ${isLargeSql(value)} then jsonb_build_object('preview', left(${value}::text, ${previewCharacters}),
    'bytes', octet_length(${value}::text), 'href', ${href}) else ${value} end`

/** SQL that says whether `inlineSql` gives a preview. */
export const isLargeSql = (value: string): string => `coalesce(octet_length(${value}::text) > ${maxInlineBytes}, false)`

/**
 * SQL for what jsonb `value` may add to a page, known without reading it: what is compressed may be as large as is handed out
 * inline, however little room it is stored in.
 */
export const pageBytesSql = (value: string): string =>
  `greatest(pg_column_size(${value}), case when pg_column_compression(${value}) is null then 0 else ${maxInlineBytes} end)`

/** A page holds rows up to so many bytes, by `pageBytesSql`, and at least one. */
export const maxPageBytes = 1024 * 1024
