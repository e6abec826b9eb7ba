export { drain, type Reader } from './drain.ts'
export { createShared } from './shared.ts'
export { createStream, type Stream, type Watch } from './watchers.ts'
