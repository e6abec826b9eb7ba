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

/** A page holds rows up to so many stored bytes, and at least one. */
export const maxPageBytes = 1024 * 1024
