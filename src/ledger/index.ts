export { assemble, MAPPING_VERSION } from './assemble.ts'
export { type Division, divide } from './divide.ts'
