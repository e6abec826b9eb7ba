export { assemble, MAPPING_VERSION } from './assemble.ts'
export { type Division, divide } from './divide.ts'
export { beats } from './unique.ts'
