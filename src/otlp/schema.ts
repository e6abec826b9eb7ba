import type { Signal } from '../model/request.ts'
import { BYTES, FIXED32, FIXED64, VARINT } from './cursor.ts'

/** How a field is written in protobuf, and said in OTLP/JSON (`id`: hex there, not base64). */
export type Kind = 'string' | 'bytes' | 'id' | 'bool' | 'int64' | 'uint32' | 'enum' | 'double' | 'fixed64' | 'fixed32' | 'message'

export type Field = {
  readonly name: string
  readonly number: number
  readonly kind: Kind
  readonly wire: number
  readonly repeated: boolean
  /** A value that does not fit is left out, with a warning, instead of costing the item. */
  readonly lenient: boolean
  readonly message: () => Message | undefined
  /** Of an enum: the prefix of its names, and the names from 0. */
  readonly names: readonly string[]
}

/** One OTLP message: what the wire scan checks and the JSON conversion writes. */
export type Message = {
  readonly name: string
  /** Every field stands in JSON even where it is its default: the members of a oneof. */
  readonly oneof: boolean
  readonly fields: readonly Field[]
  /** Field by number, up to 31; higher ones are unknown. */
  readonly byNumber: readonly (Field | undefined)[]
}

export const wireOf: Readonly<Record<Kind, number>> = {
  string: BYTES,
  bytes: BYTES,
  id: BYTES,
  message: BYTES,
  bool: VARINT,
  int64: VARINT,
  uint32: VARINT,
  enum: VARINT,
  double: FIXED64,
  fixed64: FIXED64,
  fixed32: FIXED32,
}

type Shape = Readonly<Record<string, readonly [number, Kind, Partial<Pick<Field, 'repeated' | 'lenient' | 'message' | 'names'>>?]>>

const message = (name: string, shape: Shape, options: { oneof?: boolean; lenient?: boolean } = {}): Message => {
  const fields = Object.entries(shape).map(
    ([key, [number, kind, more]]): Field => ({
      name: key,
      number,
      kind,
      wire: wireOf[kind],
      repeated: more?.repeated ?? false,
      lenient: more?.lenient ?? options.lenient ?? false,
      message: more?.message ?? (() => undefined),
      names: more?.names ?? [],
    }),
  )
  const byNumber = Array.from({ length: 32 }, (_, number) => fields.find(field => field.number === number))
  return { name, oneof: options.oneof ?? false, fields, byNumber }
}

const one = (of: () => Message) => ({ message: of })
const many = (of: () => Message) => ({ repeated: true, message: of })

// Names that only profiles use (`…_strindex`) are unknown on purpose: absent, and harmless.
export const anyValue: Message = message(
  'AnyValue',
  {
    stringValue: [1, 'string'],
    boolValue: [2, 'bool'],
    intValue: [3, 'int64'],
    doubleValue: [4, 'double'],
    arrayValue: [5, 'message', one(() => arrayValue)],
    kvlistValue: [6, 'message', one(() => keyValueList)],
    bytesValue: [7, 'bytes'],
  },
  { oneof: true },
)
const arrayValue = message('ArrayValue', { values: [1, 'message', many(() => anyValue)] })
const keyValue = message('KeyValue', { key: [1, 'string'], value: [2, 'message', one(() => anyValue)] })
const keyValueList = message('KeyValueList', { values: [1, 'message', many(() => keyValue)] })
const attributes = many(() => keyValue)

const entityRef = message('EntityRef', {
  schemaUrl: [1, 'string'],
  type: [2, 'string'],
  idKeys: [3, 'string', { repeated: true }],
  descriptionKeys: [4, 'string', { repeated: true }],
})
export const resource = message('Resource', {
  attributes: [1, 'message', attributes],
  droppedAttributesCount: [2, 'uint32'],
  entityRefs: [3, 'message', many(() => entityRef)],
})
export const scope = message('InstrumentationScope', {
  name: [1, 'string'],
  version: [2, 'string'],
  attributes: [3, 'message', attributes],
  droppedAttributesCount: [4, 'uint32'],
})

const event = message(
  'Event',
  {
    timeUnixNano: [1, 'fixed64'],
    name: [2, 'string'],
    attributes: [3, 'message', attributes],
    droppedAttributesCount: [4, 'uint32'],
  },
  { lenient: true },
)
const link = message(
  'Link',
  {
    traceId: [1, 'id'],
    spanId: [2, 'id'],
    traceState: [3, 'string'],
    attributes: [4, 'message', attributes],
    droppedAttributesCount: [5, 'uint32'],
    flags: [6, 'fixed32'],
  },
  { lenient: true },
)
const statusCodes = ['STATUS_CODE_', 'UNSET', 'OK', 'ERROR']
const status = message('Status', { message: [2, 'string'], code: [3, 'enum', { names: statusCodes }] })
const spanKinds = ['SPAN_KIND_', 'UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER']

const span = message('Span', {
  traceId: [1, 'id'],
  spanId: [2, 'id'],
  traceState: [3, 'string'],
  parentSpanId: [4, 'id', { lenient: true }],
  name: [5, 'string'],
  kind: [6, 'enum', { names: spanKinds }],
  startTimeUnixNano: [7, 'fixed64'],
  endTimeUnixNano: [8, 'fixed64'],
  attributes: [9, 'message', attributes],
  droppedAttributesCount: [10, 'uint32'],
  events: [11, 'message', { ...many(() => event), lenient: true }],
  droppedEventsCount: [12, 'uint32'],
  links: [13, 'message', { ...many(() => link), lenient: true }],
  droppedLinksCount: [14, 'uint32'],
  status: [15, 'message', one(() => status)],
  flags: [16, 'fixed32'],
})
const logRecord = message('LogRecord', {
  timeUnixNano: [1, 'fixed64'],
  severityNumber: [2, 'enum', { names: ['SEVERITY_NUMBER_'] }],
  severityText: [3, 'string'],
  body: [5, 'message', one(() => anyValue)],
  attributes: [6, 'message', attributes],
  droppedAttributesCount: [7, 'uint32'],
  flags: [8, 'fixed32'],
  traceId: [9, 'id', { lenient: true }],
  spanId: [10, 'id', { lenient: true }],
  observedTimeUnixNano: [11, 'fixed64'],
  eventName: [12, 'string'],
})

/** Names of the three levels in OTLP/JSON, and the message of an item. Their field numbers are equal in both signals. */
export const signals: Readonly<
  Record<Signal, { readonly resources: string; readonly scopes: string; readonly items: string; readonly item: Message }>
> = {
  traces: { resources: 'resourceSpans', scopes: 'scopeSpans', items: 'spans', item: span },
  logs: { resources: 'resourceLogs', scopes: 'scopeLogs', items: 'logRecords', item: logRecord },
}
