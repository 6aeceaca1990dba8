import { server } from '../node/server.ts'
import { file } from '../shared/file.ts'

export const used: number = server + file
