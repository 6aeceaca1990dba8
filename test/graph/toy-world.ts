/** A graph with one kind of component whose every step is recorded, under a clock that the test moves. */
import { CodedError } from '../../core/errors.ts'
import { type AnyComponentDefinition, type ComponentContext, defineComponent } from '../../core/graph/component.ts'
import { createGraph, type Graph, type GraphOptions, type LoadResult } from '../../core/graph/graph.ts'
import type { Ports } from '../../core/ports.ts'
import { attr, block, nested, type Schema } from '../../core/syntax/schema.ts'
import { list, number, secret, string } from '../../core/syntax/types.ts'
import { FunctionValue, type Secret, type Value } from '../../core/syntax/value.ts'
import type { Logger } from '../../core/telemetry/logger.ts'
import { createRegistry, type Registry } from '../../core/telemetry/registry.ts'
import { createTimers } from '../../core/time/timers.ts'
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts'

export interface ToyArgs {
  /** Exported as `sum`, together with the inputs. */
  readonly value: number
  readonly inputs: readonly number[]
  /**
   * Which step fails: `build`, `update`, `crash` (build and update with an unexpected error), `run`, `exit`, `linger`
   * (doesn't end when stopped).
   */
  readonly refuse: string
  readonly password: Secret | undefined
  readonly part: readonly { readonly name: string }[]
}

const toySchema: Schema<ToyArgs> = block(
  {
    value: attr.optional(number, 0),
    inputs: attr.optional(list(number), []),
    refuse: attr.optional(string, ''),
    password: attr.optional(secret),
    part: nested.repeated(block({ name: attr.required(string) })),
  },
  { validate: ({ value }, report) => value < 0 && report('value must not be negative', 'value', 'use 0') },
)

interface ToyExports {
  readonly sum: number
}

export interface Toy {
  readonly context: ComponentContext<ToyExports>
  args: ToyArgs
  state: 'built' | 'running' | 'ended'
  /** Makes run end, as if the component had given up. */
  finish: (error?: Error) => void
}

export interface World {
  readonly graph: Graph
  readonly clock: FakeClock
  readonly registry: Registry
  /** What happened since the last look: `build a`, `run a`, `update a`, `end a`. */
  events(): string[]
  readonly lines: string[]
  /** The newest instance of each label. */
  readonly toys: Map<string, Toy>
  load(...texts: string[]): Promise<LoadResult>
  /** Labels of the components that run now. */
  running(): string[]
}

export function createWorld(options: Partial<GraphOptions> = {}): World {
  const clock = createFakeClock()
  const registry = createRegistry()
  const toys = new Map<string, Toy>()
  const lines: string[] = []
  const events: string[] = []

  const graph = createGraph({
    definitions: [toyDefinition(toys, (event) => events.push(event))],
    ports: { clock } as unknown as Ports,
    timers: createTimers(clock),
    log: recordingLogger(lines),
    metrics: registry,
    storagePath: '/data/',
    globals: new Map<string, Value>([
      ['double', new FunctionValue('double', { least: 1, most: 1 }, ([x]) => Number(x) * 2)],
    ]),
    ...options,
  })

  return {
    graph,
    clock,
    registry,
    lines,
    toys,
    events: () => events.splice(0),
    async load(...texts) {
      const sources = texts.map((content, i) => ({ file: `${'abc'[i]}.alloy`, content }))
      const loading = graph.load(sources)
      await clock.settle()
      const result = await Promise.race([loading, clock.settle().then(() => undefined)])
      if (result !== undefined) return result
      await clock.advance(5_000)
      return loading
    },
    running: () => [...toys].filter(([, toy]) => toy.state === 'running').map(([label]) => label),
  }
}

function toyDefinition(toys: Map<string, Toy>, record: (event: string) => void): AnyComponentDefinition {
  return defineComponent<ToyArgs, ToyExports>({
    name: 'toy.node',
    stability: 'generally-available',
    schema: toySchema,
    build(context, args) {
      const label = context.id.replace('toy.node.', '')
      const total = (of: ToyArgs): number => of.value + of.inputs.reduce((sum, input) => sum + input, 0)
      if (args.refuse === 'build') throw new CodedError('config', `${label} can't be built`)
      if (args.refuse === 'crash') throw new TypeError('x is undefined')
      record(`build ${label}`)
      const gauge = context.metrics.gauge('toy_sum', 'What a toy exports.')
      let finish: Toy['finish'] = () => {}
      const finished = new Promise<void>((resolve, reject) => {
        finish = (error) => (error === undefined ? resolve() : reject(error))
      })
      finished.catch(() => {})
      const toy: Toy = { context, args, state: 'built', finish }
      const show = (): void => {
        gauge.set(total(toy.args))
        context.publish({ sum: total(toy.args) })
      }
      toys.set(label, toy)
      show()
      return {
        async run(signal) {
          record(`run ${label}`)
          toy.state = 'running'
          if (toy.args.refuse === 'exit') toy.finish()
          if (toy.args.refuse === 'run') toy.finish(new Error('it broke'))
          if (toy.args.refuse !== 'linger') signal.addEventListener('abort', () => toy.finish())
          try {
            await finished
          } finally {
            toy.state = 'ended'
            record(`end ${label}`)
          }
        },
        update(next) {
          if (next.refuse === 'update') throw new CodedError('config', `${label} can't be updated`)
          if (next.refuse === 'crash') throw new TypeError('x is undefined')
          record(`update ${label}`)
          toy.args = next
          show()
        },
        debugInfo: () => ({ updatesWith: toy.args.value }),
        http: (_, path) => new Response(`${label} ${path}`),
      }
    },
  })
}

function recordingLogger(lines: string[]): Logger {
  const at =
    (level: string): Logger['info'] =>
    (message, fields = {}) => {
      const text = Object.entries(fields).map(([name, value]) => ` ${name}=${value}`)
      lines.push(`${level} ${message}${text.join('')}`)
    }
  const logger: Logger = {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    with: () => logger,
  }
  return logger
}

/** b follows a's sum: it refuses to be updated to 1, and can't be evaluated beyond 2. */
export const REFUSING = `toy.node "a" { }
      toy.node "b" {
        value  = toy.node.a.sum
        refuse = ["", "update", ""][toy.node.a.sum]
      }`
