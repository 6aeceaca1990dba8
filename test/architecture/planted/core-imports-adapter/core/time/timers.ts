import { files } from '../../adapters/shared/files.ts'

export const used: number = files
