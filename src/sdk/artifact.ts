import type { Attributes, Span } from '@opentelemetry/api'
import {
  ATTR_ARTIFACT_CONTENT,
  ATTR_ARTIFACT_CONTENT_ENCODING,
  ATTR_ARTIFACT_MIME_TYPE,
  ATTR_ARTIFACT_PATH,
  ATTR_ARTIFACT_ROLE,
  ATTR_ARTIFACT_SHA256,
  ATTR_ARTIFACT_SIZE_BYTES,
  EVENT_ARTIFACT,
} from '../semconv.ts'

/** A file or heavy object a run made or was given. `path` is a label, it is never opened. */
export type ArtifactReport = {
  readonly role: string
  readonly path: string
  readonly mimeType?: string
  /** The bytes themselves: up to 64 KiB travel along, of more only size and digest do. */
  readonly content?: string | Uint8Array<ArrayBuffer>
  /** Its size in bytes; that of `content` where there is one. */
  readonly sizeBytes?: number
}

/** Contents above this are named by their digest alone. */
export const MAX_INLINE_CONTENT_BYTES = 64 * 1024

/** Adds the artifact to `span`: at once, except where a digest has to be computed first. */
export const addArtifact = (span: Span, artifact: ArtifactReport): Promise<void> | undefined => {
  const { role, path, mimeType, content } = artifact
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
  const about: Attributes = { [ATTR_ARTIFACT_ROLE]: role, [ATTR_ARTIFACT_PATH]: path }
  if (mimeType !== undefined) about[ATTR_ARTIFACT_MIME_TYPE] = mimeType
  const size = bytes?.length ?? artifact.sizeBytes
  if (size !== undefined) about[ATTR_ARTIFACT_SIZE_BYTES] = size
  if (bytes !== undefined && bytes.length > MAX_INLINE_CONTENT_BYTES) return addWithDigest(span, about, bytes)
  if (typeof content === 'string') about[ATTR_ARTIFACT_CONTENT] = content
  else if (content !== undefined) {
    // Attributes of OTel JS 2.x can't be bytes: it drops them.
    about[ATTR_ARTIFACT_CONTENT] = base64(content)
    about[ATTR_ARTIFACT_CONTENT_ENCODING] = 'base64'
  }
  span.addEvent(EVENT_ARTIFACT, about)
  return undefined
}

const addWithDigest = async (span: Span, about: Attributes, bytes: Uint8Array<ArrayBuffer>): Promise<void> => {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  const sha256 = Array.from(digest, byte => byte.toString(16).padStart(2, '0')).join('')
  span.addEvent(EVENT_ARTIFACT, { ...about, [ATTR_ARTIFACT_SHA256]: sha256 })
}

const base64 = (bytes: Uint8Array): string => btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join(''))
