import type { Attributes, SpanItem } from '../model/fact.ts'
import type { ErrorFacts } from './reading.ts'
import { jsonFromValue, present, stringAt } from './value.ts'

/** The error a span tells: its last `exception` event, `error.type`, or status ERROR. Undefined where it tells none. */
export const errorFromSpan = (item: SpanItem): ErrorFacts | undefined => {
  const exception = item.events.findLast(event => event.name === 'exception')?.attributes
  const type = codeFrom(item.attributes)
  if (exception !== undefined && isControlFlow(exception)) return undefined
  if (exception === undefined && type === undefined && (item.status.code !== 2 || isCopied(item))) return undefined
  const message =
    (exception && stringAt(exception, 'exception.message')) ||
    item.status.message ||
    stringAt(item.attributes, 'error.message', 'exception.message')
  const [said, trace] = withoutTraceback(message)
  const code = type ?? (exception && stringAt(exception, 'exception.type'))
  return {
    message: said ?? code ?? 'error',
    ...present({
      code,
      traceback: (exception && stringAt(exception, 'exception.stacktrace')) ?? stringAt(item.attributes, 'exception.stacktrace') ?? trace,
    }),
  }
}

// LangChain's tracers write both into one text.
const withoutTraceback = (message: string | undefined): readonly (string | undefined)[] => {
  const at = message?.indexOf('Traceback (most recent call last):') ?? -1
  return message === undefined || at <= 0 ? [message] : [message.slice(0, at).trimEnd() || message, message.slice(at)]
}

// LangGraph leaves a graph by an exception where it hands over to another, or waits for somebody.
const controlFlow = /^(langgraph\.errors\.)?(ParentCommand|GraphInterrupt|GraphBubbleUp|NodeInterrupt)(\(|$)/

// LangSmith tells of the type in the message alone: `ParentCommand(…)`.
const isControlFlow = (exception: Attributes): boolean => {
  const type = stringAt(exception, 'exception.type') ?? ''
  return controlFlow.test(type === 'Exception' ? (stringAt(exception, 'exception.message') ?? '') : type)
}

// `@arizeai/openinference-vercel` gives the first error of a trace to every span that ends later. The AI SDK itself tells each message
// in an `exception` event.
const isCopied = ({ status, attributes, origin }: SpanItem): boolean =>
  status.message !== '' && attributes.has('openinference.span.kind') && /^(ai|gen_ai)$/.test(origin.scope.name)

const codeFrom = (attributes: Attributes): string | undefined => {
  const type = jsonFromValue(attributes.get('error.type'))
  return type === null || type === '' ? undefined : String(type)
}

/** The error an exception log record tells. */
export const errorFromExceptionLog = (attributes: Attributes): ErrorFacts | undefined => {
  const code = codeFrom(attributes) ?? stringAt(attributes, 'exception.type')
  const message = stringAt(attributes, 'exception.message', 'error.message') ?? code
  return message === undefined ? undefined : { message, ...present({ code, traceback: stringAt(attributes, 'exception.stacktrace') }) }
}

const cancelTypes =
  /(^|\.)(AbortError|CancelledError|CanceledError|KeyboardInterrupt|TaskCancelled|TaskCanceledException|OperationCanceledException|OperationCancelledException)$/

/** Whether an error says that somebody cancelled: no vocabulary has a word for it (seen: types and messages alone). */
export const saysCancelled = ({ code, message }: ErrorFacts): boolean =>
  cancelTypes.test(code ?? '') || /\b(cancell?ed|aborted|AbortError)\b/i.test(message)
