export { now } from './time/now.ts'
export const version = '1'
