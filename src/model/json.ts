/** What JSON can say. Contents and attributes of rows are of this type. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject
export type JsonObject = { readonly [key: string]: Json }
