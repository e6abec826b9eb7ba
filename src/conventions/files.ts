import type { Json } from '../model/json.ts'
import type { FilePart } from './reading.ts'
import { entry, isArray, isObject, member, textFrom } from './value.ts'

/** Tools that write the file their arguments name. Compared without case and separators. */
const writers =
  /^(mcp.*)?(write|edit|multiedit|notebookedit|create|save|append|strreplace)(file|note|notebook|text|document|report|image|artifact|output)?.*$/

const pathKeys = ['file_path', 'filePath', 'notebook_path', 'path', 'filename', 'file_name', 'fileName', 'file', 'uri'] as const
const contentKeys = ['content', 'text', 'file_text', 'new_source', 'data', 'contents', 'body'] as const

const mimeTypes: Readonly<Record<string, string>> = {
  md: 'text/markdown',
  txt: 'text/plain',
  json: 'application/json',
  csv: 'text/csv',
  html: 'text/html',
  pdf: 'application/pdf',
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  svg: 'image/svg+xml',
  gif: 'image/gif',
  webp: 'image/webp',
}

const mimeTypeOf = (path: string): string | undefined => entry(mimeTypes, /\.([a-z0-9]{1,5})$/i.exec(path)?.[1]?.toLowerCase())

const firstText = (json: Json | undefined, keys: readonly string[]): string | undefined =>
  keys.map(key => textFrom(member(json, key))).find(t => t !== undefined)

const firstCount = (json: Json | undefined, keys: readonly string[]): number | undefined =>
  keys.map(key => member(json, key)).find((n): n is number => typeof n === 'number' && Number.isSafeInteger(n) && n >= 0)

const file = (role: string, path: string, mimeType: string | undefined, sizeBytes: number | undefined): FilePart => ({
  role,
  path,
  ...(mimeType === undefined ? {} : { mimeType }),
  ...(sizeBytes === undefined ? {} : { sizeBytes }),
})

// Semantic Kernel puts the plugin before the tool's name, servers of tools theirs.
const isWriter = (tool: string): boolean =>
  [tool, tool.split(/[-./:]|__/).at(-1) ?? ''].some(name => writers.test(name.toLowerCase().replace(/[^a-z]/g, '')))

/** Files that the arguments of a call say it writes: write-like tools, and patches in the `*** Add File:` form. */
export const filesFromArguments = (tool: string, args: Json | undefined): readonly FilePart[] => {
  const patch = typeof args === 'string' ? args : firstText(args, ['input', 'patch'])
  if (patch?.includes('*** Begin Patch')) return filesFromPatch(patch)
  const path = isWriter(tool) ? firstText(args, pathKeys) : undefined
  if (path === undefined) return []
  const content = firstText(args, contentKeys)
  const edits = /edit|replace/i.test(tool)
  return [file('output', path, mimeTypeOf(path), content === undefined || edits ? undefined : Buffer.byteLength(content))]
}

const filesFromPatch = (patch: string): readonly FilePart[] =>
  [...patch.matchAll(/^\*\*\* (Add|Update|Delete) File: (.+)$/gm)].map(([, verb, path = '']) =>
    file(verb === 'Delete' ? 'deleted' : 'output', path.trim(), mimeTypeOf(path.trim()), undefined),
  )

/**
 * Files that the result of a call names: an object with a path and a size or media type (any tool), or a path alone from a
 * write-like tool; MCP resource links and embedded resources.
 */
export const filesFromResult = (tool: string, result: Json | undefined): readonly FilePart[] => {
  const parts = isArray(result) ? result : (member(result, 'content') ?? [])
  const linked = isArray(parts) ? parts.flatMap(filesFromMcpPart) : []
  if (!isObject(result)) return linked
  const path = firstText(result, [...pathKeys, 'url'])
  const mimeType = firstText(result, ['mime_type', 'mimeType', 'media_type', 'content_type'])
  const size = firstCount(result, ['size_bytes', 'size', 'bytes', 'sizeBytes', 'bytes_written'])
  if (path === undefined || (mimeType === undefined && size === undefined && !isWriter(tool))) return linked
  return [...linked, file('output', path, mimeType ?? mimeTypeOf(path), size)]
}

const filesFromMcpPart = (part: Json): readonly FilePart[] => {
  const type = member(part, 'type')
  const resource = type === 'resource_link' ? part : type === 'resource' ? member(part, 'resource') : undefined
  const uri = textFrom(member(resource, 'uri'))
  return uri === undefined ? [] : [file('output', uri, textFrom(member(resource, 'mimeType')), firstCount(resource, ['size']))]
}
