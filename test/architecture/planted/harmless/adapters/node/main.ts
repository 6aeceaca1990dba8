import { files } from '../shared/files.ts'
import { hostname } from 'node:os'

setTimeout(() => console.log(files, hostname(), Date.now()), 1)
