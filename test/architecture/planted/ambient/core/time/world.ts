export const env: unknown = process.env
export const bytes: unknown = Buffer.from('x')
export const version: unknown = Deno.version
export const main: unknown = Bun.main
export const page: unknown = fetch('http://localhost')
setTimeout(() => {}, 1)
setInterval(() => {}, 1)
setImmediate(() => {})
export const stamp: number = Date.now()
export const today: Date = new Date()
export const text: string = Date()
export const dice: number = Math.random()
export const since: number = performance.now()
console.log('here')
export const hidden: unknown = globalThis['fetch']
export const limit: AbortSignal = AbortSignal.timeout(5)
export const { random } = Math
export const clock: unknown = Date
declare const setTimer: (run: () => void) => void
setTimer(() => {})
export const timers: unknown = { setTimeout }
export const here: string = import.meta.url
export class Page extends XMLHttpRequest {}
