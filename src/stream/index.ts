export { drain, type Reader } from './drain.ts'
export { createShared } from './shared.ts'
export { type Ahead, type Telling, tellingsOf } from './tellings.ts'
export { createStream, type Stream, type Watch } from './watchers.ts'
