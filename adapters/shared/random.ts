/** Random of ports.ts on the host's generator. */
import type { Random } from '../../core/ports.ts'

export const random: Random = { next: () => Math.random() }
