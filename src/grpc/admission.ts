import { type Metadata, ServerInterceptingCall, type ServerInterceptingCallInterface, type ServerInterceptor, status } from '@grpc/grpc-js'
import { PermanentError } from '../errors.ts'
import { createSlots, type Slots } from '../receive/slots.ts'
import type { Tokens } from '../receive/tokens.ts'
import { statusOf } from './status.ts'

/** Messages read at once: each may hold RUNLEDGER_MAX_BODY_BYTES before its length is known. */
const maxReading = 4
const maxWaitMs = 5_000
/** A message of 64 MiB on a slow line; senders give up after 5 to 10 s. */
const maxReceiveMs = 30_000

type Status = Parameters<ServerInterceptingCallInterface['sendStatus']>[0]
type Options = { readonly tokens: Tokens; readonly maxWaiting: number }

/**
 * Stands before every OTLP call. Without a token, where tokens are set, nothing of the message is read; nor is it while too
 * many others are: grpc-js hands over whole messages and says no length before, so the number of readers is what bounds memory.
 */
export const createAdmission = ({ tokens, maxWaiting }: Options): ServerInterceptor => {
  const slots = createSlots({ inside: maxReading, waiting: maxWaiting, waitMs: maxWaitMs })
  return (method, call) => {
    if (!method.path.startsWith('/opentelemetry.')) return new ServerInterceptingCall(call)
    return admit(call, slots, metadata => refusalOf(tokens, metadata))
  }
}

const admit = (
  call: ServerInterceptingCallInterface,
  slots: Slots,
  refusal: (metadata: Metadata) => Status | undefined,
): ServerInterceptingCall => {
  let leave = (): void => undefined
  return new ServerInterceptingCall(call, {
    start: next =>
      next({
        onReceiveMetadata: (metadata, read) => {
          const refused = refusal(metadata)
          if (refused !== undefined) return call.sendStatus(refused)
          leave = entered(call, slots, () => read(metadata))
        },
        onReceiveMessage: (message, read) => {
          leave()
          read(message)
        },
        onCancel: () => leave(),
      }),
  })
}

/** Takes a place for reading, for `maxReceiveMs` at most; returns what gives it back. */
const entered = (call: ServerInterceptingCallInterface, slots: Slots, read: () => void): (() => void) => {
  let slow: NodeJS.Timeout | undefined
  const release = slots.enter(
    () => {
      slow = setTimeout(() => {
        leave()
        call.sendStatus({ code: status.DEADLINE_EXCEEDED, details: `Expected the message within ${maxReceiveMs} ms; nothing was stored` })
      }, maxReceiveMs)
      slow.unref()
      read()
    },
    error => call.sendStatus(statusOf(error)),
  )
  const leave = (): void => {
    clearTimeout(slow)
    release()
  }
  return leave
}

// No page can speak HTTP/2 in the clear, so there is no Host or Origin to look at.
const refusalOf = (tokens: Tokens, metadata: Metadata): Status | undefined => {
  if (!tokens.guards('ingest')) return undefined
  const [authorization] = metadata.get('authorization')
  const refusal = tokens.refusal('ingest', authorization?.toString())
  return refusal === undefined ? undefined : statusOf(new PermanentError(refusal.status, `${refusal.detail}; nothing was stored`))
}
