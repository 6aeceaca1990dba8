import { readFileSync } from 'node:fs'

export const text: string = readFileSync('/etc/hostname', 'utf8')
