import { clock } from '../../test/support/clock.ts'

export const used: number = clock
