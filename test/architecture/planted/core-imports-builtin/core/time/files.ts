import { hostname } from 'os'

export const name: string = hostname()
