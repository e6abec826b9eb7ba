export { createHttpSource } from './http-source.ts'
export { createMcpServer } from './server.ts'
export { type Source, SourceError } from './source.ts'
export { serveMcpOverStdio } from './stdio.ts'
