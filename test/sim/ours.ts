/** The program under test. */
import { createNode } from '../../core/cluster/node.ts'
import { production } from './production.ts'
import type { Install } from './program.ts'

export const ours: Install = production(createNode)
