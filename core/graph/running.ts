/**
 * What is in force: the vertices with their values and components, and how each does. Evaluates again what a change reaches, and
 * asks for a new stage when a change decides which vertices there are. Replaced as a whole by `install`, at no other time.
 */
import { messageOf } from '../errors.ts'
import type { Clock } from '../ports.ts'
import { type Diagnostic, formatDiagnostics } from '../syntax/diagnostic.ts'
import { deepEqual, type Value } from '../syntax/value.ts'
import type { Logger } from '../telemetry/logger.ts'
import { type ArgumentValues, keptValues } from './argument-values.ts'
import { type Health, leastHealthy } from './health.ts'
import { withoutSecretTexts } from './load-result.ts'
import type { Dependencies } from './order.ts'
import type { Placed } from './placing.ts'
import type { Stage } from './stage.ts'
import { type ComponentVertex, evaluateCell, evaluateComponent, type Vertex } from './vertex.ts'

export interface Running extends Placed {
  readonly dependants: Dependencies
  readonly shown: readonly string[]
  valueBehind(id: string): Value | undefined
  /** Undefined for what doesn't exist. */
  health(id: string): Health | undefined
  /** Something that this refers to has another value now. Failing leaves it as it was. */
  evaluateAgain(id: string): void
  evaluationFailed(id: string, reason: string): void
  install(stage: Stage): void
}

export interface RunningOptions {
  readonly clock: Clock
  readonly log: Logger
  /** The value of a vertex changed that is no component. */
  readonly changed: (id: string) => void
  /** Which vertices there are depends on this one, and it changed. */
  readonly restructure: (id: string) => void
  /** How the content of an import is. */
  readonly contentHealth: (id: string) => Health | undefined
}

const NOTHING: Pick<Stage, keyof Placed | 'dependants' | 'shown' | 'sources'> = {
  vertices: new Map(),
  dependants: new Map(),
  shown: [],
  instances: new Map(),
  cells: new Map(),
  argumentValues: new Map(),
  sources: [],
}

export function createRunning({ clock, log, changed, restructure, contentHealth }: RunningOptions): Running {
  let force = NOTHING
  let cells = new Map<string, unknown>()
  let argumentValues = new Map<string, ArgumentValues>()
  /** Of the vertices that are no components. */
  let evaluations = new Map<string, Health>()

  function valueBehind(id: string): Value | undefined {
    return force.instances.get(id)?.exports ?? (cells.get(id) as Value | undefined)
  }

  function good(vertex: Vertex): Health {
    const what = vertex.kind === 'custom' ? 'custom component evaluated' : 'component evaluated'
    return { state: 'healthy', message: what, updatedAt: clock.now() }
  }

  function explained(problems: readonly Diagnostic[]): string {
    return formatDiagnostics(withoutSecretTexts(problems, force.sources))
  }

  function evaluateAgain(id: string): void {
    const vertex = force.vertices.get(id)
    if (vertex?.kind === 'component') updateComponent(vertex)
    else if (vertex !== undefined) updateCell(vertex)
  }

  function updateComponent(vertex: ComponentVertex): void {
    const instance = force.instances.get(vertex.id)
    if (instance === undefined || instance.exited) return
    const evaluated = evaluateComponent(vertex, valueBehind)
    if (!evaluated.ok) {
      evaluationFailed(vertex.id, explained(evaluated.diagnostics))
      return
    }
    try {
      if (!deepEqual(instance.args, evaluated.args)) instance.update(evaluated.args)
      instance.evaluated(undefined)
      argumentValues.set(vertex.id, keptValues(evaluated.values))
    } catch (error) {
      evaluationFailed(vertex.id, messageOf(error))
    }
  }

  function updateCell(vertex: Exclude<Vertex, ComponentVertex>): void {
    const { id, kind } = vertex
    const result = evaluateCell(vertex, valueBehind)
    if (!result.ok) {
      evaluationFailed(id, explained(result.diagnostics))
      return
    }
    evaluations.set(id, good(vertex))
    if (deepEqual(cells.get(id), result.value)) return
    if (kind === 'import' || kind === 'foreach') {
      restructure(id)
      return
    }
    cells.set(id, result.value)
    changed(id)
  }

  function evaluationFailed(id: string, reason: string): void {
    log.error('failed to evaluate component', { component_id: id, err: reason })
    const instance = force.instances.get(id)
    if (instance !== undefined) instance.evaluated(reason)
    else
      evaluations.set(id, {
        state: 'unhealthy',
        message: `component evaluation failed: ${reason}`,
        updatedAt: clock.now(),
      })
  }

  function install(stage: Stage): void {
    force = stage
    cells = new Map(stage.cells)
    // What goes on with its former arguments has the same text, so their values are found by the same expressions.
    const former = [...stage.stale.keys()].flatMap((id) => {
      const values = argumentValues.get(id)
      return values === undefined ? [] : [[id, values] as const]
    })
    argumentValues = new Map([...stage.argumentValues, ...former])
    evaluations = new Map()
    for (const [id, vertex] of stage.vertices) {
      if (vertex.kind !== 'component') evaluations.set(id, good(vertex))
      else stage.instances.get(id)?.evaluated(undefined)
    }
    for (const [id, reason] of stage.stale) evaluationFailed(id, reason)
  }

  return {
    get vertices() {
      return force.vertices
    },
    get dependants() {
      return force.dependants
    },
    get shown() {
      return force.shown
    },
    get instances() {
      return force.instances
    },
    get cells() {
      return cells
    },
    get argumentValues() {
      return argumentValues
    },
    valueBehind,
    health(id) {
      const evaluation = force.instances.get(id)?.health ?? evaluations.get(id)
      const content = contentHealth(id)
      return evaluation === undefined || content === undefined ? evaluation : leastHealthy(evaluation, content)
    },
    evaluateAgain,
    evaluationFailed,
    install,
  }
}
