import { later } from './time/later.ts'

export const used: number = later
