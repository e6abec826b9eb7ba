import { MAX_ARTIFACT_CONTENT_BYTES } from '../model/artifact.ts'
import type { Attributes } from '../model/fact.ts'
import * as names from '../semconv.ts'
import type { FilePart } from './reading.ts'
import { present, stringAt } from './value.ts'

const sha256Pattern = /^[0-9a-f]{64}$/i

/** The file an `agent.artifact` event tells of; nothing without a role and a path. */
export const nativeFiles = (attributes: Attributes): readonly FilePart[] => {
  const role = stringAt(attributes, names.ATTR_ARTIFACT_ROLE)
  const path = stringAt(attributes, names.ATTR_ARTIFACT_PATH)
  if (role === undefined || path === undefined) return []
  const size = attributes.get(names.ATTR_ARTIFACT_SIZE_BYTES)
  const digest = stringAt(attributes, names.ATTR_ARTIFACT_SHA256)
  const content = contentOf(attributes)
  return [
    {
      role,
      path,
      ...present({
        mimeType: stringAt(attributes, names.ATTR_ARTIFACT_MIME_TYPE),
        sizeBytes: typeof size === 'number' && Number.isSafeInteger(size) && size >= 0 ? size : content?.length,
        sha256: digest !== undefined && sha256Pattern.test(digest) ? digest.toLowerCase() : undefined,
        content,
      }),
    },
  ]
}

const contentOf = (attributes: Attributes): Uint8Array | undefined => {
  const value = attributes.get(names.ATTR_ARTIFACT_CONTENT)
  const encoding = attributes.get(names.ATTR_ARTIFACT_CONTENT_ENCODING) === 'base64' ? 'base64' : 'utf8'
  const bytes = typeof value === 'string' ? Buffer.from(value, encoding) : value instanceof Uint8Array ? Buffer.from(value) : undefined
  return bytes !== undefined && bytes.length <= MAX_ARTIFACT_CONTENT_BYTES ? bytes : undefined
}
