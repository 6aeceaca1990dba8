/**
 * One vertex after the other gets its place in a configuration that is put together: evaluated with the values of those
 * before it, built when it is new, remembered for an update when its arguments differ. Knows no modules, and only reads
 * what runs.
 */
import { CodedError, messageOf } from '../errors.ts'
import { type Diagnostic, errorAt } from '../syntax/diagnostic.ts'
import { deepEqual, type Value } from '../syntax/value.ts'
import { type ArgumentValues, keptValues } from './argument-values.ts'
import type { Instance } from './instance.ts'
import { type ComponentVertex, evaluateCell, evaluateComponent, type Vertex } from './vertex.ts'

/** Vertices, and what stands behind each. */
export interface Placed {
  /** Dependencies first. */
  readonly vertices: ReadonlyMap<string, Vertex>
  readonly instances: ReadonlyMap<string, Instance>
  /** What vertices that are no components come to: their values; of imports and foreach, their arguments. */
  readonly cells: ReadonlyMap<string, unknown>
  /** Of components: what their arguments were evaluated to. */
  readonly argumentValues: ReadonlyMap<string, ArgumentValues>
}

export interface Update {
  readonly instance: Instance
  readonly args: unknown
  readonly vertex: ComponentVertex
  /** It goes on as it was when it doesn't take them. */
  readonly mayRefuse: boolean
}

export interface PlacingOptions {
  readonly running: Placed
  /**
   * Of these ids, what runs and whose text is the same stays as it is when it can't be evaluated, as when exports change,
   * instead of failing the stage: for changes that nobody made to the configuration.
   */
  readonly patient: (id: string) => boolean
  /**
   * Imports and foreach that are staged because they changed. With patience, others have to wait: what is wrong with them
   * is not these ones' fault.
   */
  readonly renewed: ReadonlySet<string>
  /** Whether something that had this id has yet to end. */
  readonly occupied: (id: string) => boolean
  readonly build: (vertex: ComponentVertex, args: unknown, showsMetrics: boolean) => Instance
  readonly tell: (...problems: readonly Diagnostic[]) => void
  /** In one line, without what is secret. */
  readonly explain: (problems: readonly Diagnostic[]) => string
}

export interface Placing extends Placed {
  /** Components that were built here. */
  readonly added: ReadonlyMap<string, Instance>
  /** Running ones whose arguments differ from now on. */
  readonly updates: readonly Update[]
  /** What could not be evaluated and goes on as it was, and why. */
  readonly stale: ReadonlyMap<string, string>
  /** Imports and foreach that changed as well, and were kept waiting. */
  readonly late: readonly string[]
  /** Ids that are occupied. When there are any, the stage is good for nothing else. */
  readonly awaited: ReadonlySet<string>
  /** Whether there is something behind the id. */
  has(id: string): boolean
  /** `sound`: nothing is known to be wrong with its text. False when that, or what it refers to, keeps it from being evaluated. */
  placeComponent(vertex: ComponentVertex, sound: boolean, showsMetrics: boolean): boolean
  /** Resolves when a component that was built here is ready for its dependants, or has been refused. */
  prepared(vertex: ComponentVertex, signal: AbortSignal): Promise<void> | undefined
  /** What it comes to; undefined when that can't be told. */
  placeCell(vertex: Exclude<Vertex, ComponentVertex>, sound: boolean): unknown
}

const MISSING = 'something that it refers to is missing'

export function createPlacing(options: PlacingOptions): Placing {
  const { running, patient, renewed, occupied, build, tell, explain } = options
  const vertices = new Map<string, Vertex>()
  const instances = new Map<string, Instance>()
  const cells = new Map<string, unknown>()
  const argumentValues = new Map<string, ArgumentValues>()
  const added = new Map<string, Instance>()
  const updates: Update[] = []
  const stale = new Map<string, string>()
  const late: string[] = []
  const awaited = new Set<string>()

  function has(id: string): boolean {
    return instances.has(id) || cells.has(id)
  }

  function valueBehind(id: string): Value | undefined {
    return instances.get(id)?.exports ?? (cells.get(id) as Value | undefined)
  }

  function isPatientWith({ id, block }: Vertex): boolean {
    return patient(id) && running.vertices.get(id)?.block === block
  }

  /** False when nothing of it runs, or there is no patience. */
  function keep(vertex: Vertex, reason: string): boolean {
    const { id } = vertex
    if (!isPatientWith(vertex)) return false
    const instance = running.instances.get(id)
    const cell = running.cells.get(id)
    if (instance !== undefined) instances.set(id, instance)
    else if (cell !== undefined) cells.set(id, cell)
    else return false
    stale.set(id, reason)
    return true
  }

  function placeComponent(vertex: ComponentVertex, sound: boolean, showsMetrics: boolean): boolean {
    const { id } = vertex
    vertices.set(id, vertex)
    if (!sound || !vertex.dependencies.every(has)) return keep(vertex, MISSING)
    const evaluated = evaluateComponent(vertex, valueBehind)
    if (!evaluated.ok) {
      if (!keep(vertex, explain(evaluated.diagnostics))) tell(...evaluated.diagnostics)
      return true
    }
    argumentValues.set(id, keptValues(evaluated.values))
    const instance = running.instances.get(id)
    const mayRefuse = isPatientWith(vertex)
    // What ended is started again when somebody loads a configuration.
    const goesOn = instance?.exited === false || mayRefuse
    if (instance !== undefined && goesOn && instance.showsMetrics === showsMetrics) {
      instances.set(id, instance)
      const isUpdate = !instance.exited && !deepEqual(instance.args, evaluated.args)
      if (isUpdate) updates.push({ instance, args: evaluated.args, vertex, mayRefuse })
      return true
    }
    if (occupied(id)) {
      awaited.add(id)
      return true
    }
    try {
      const built = build(vertex, evaluated.args, showsMetrics)
      instances.set(id, built)
      added.set(id, built)
    } catch (error) {
      tell(refused(vertex, error))
    }
    return true
  }

  function prepared(vertex: ComponentVertex, signal: AbortSignal): Promise<void> | undefined {
    const instance = added.get(vertex.id)
    return instance?.component.prepare?.(signal).catch(async (error) => {
      instances.delete(vertex.id)
      added.delete(vertex.id)
      tell(refused(vertex, error))
      await instance.stop()
    })
  }

  function placeCell(vertex: Exclude<Vertex, ComponentVertex>, sound: boolean): unknown {
    vertices.set(vertex.id, vertex)
    if (!sound || !vertex.dependencies.every(has)) {
      keep(vertex, MISSING)
    } else {
      const result = evaluateCell(vertex, valueBehind)
      if (result.ok) cells.set(vertex.id, inTime(vertex, result.value))
      else if (!keep(vertex, explain(result.diagnostics))) tell(...result.diagnostics)
    }
    return cells.get(vertex.id)
  }

  /** The value that it has from now on. */
  function inTime(vertex: Vertex, value: unknown): unknown {
    const { id, kind } = vertex
    const isRestless = kind === 'import' || kind === 'foreach'
    const before = running.cells.get(id)
    if (!isRestless || renewed.has(id) || before === undefined || !isPatientWith(vertex)) return value
    if (deepEqual(before, value)) return value
    late.push(id)
    return before
  }

  return {
    vertices,
    instances,
    cells,
    argumentValues,
    added,
    updates,
    stale,
    late,
    awaited,
    has,
    placeComponent,
    prepared,
    placeCell,
  }
}

/** A component didn't accept its arguments. */
export function refused({ id, block }: ComponentVertex, error: unknown): Diagnostic {
  const expected = error instanceof CodedError && error.code !== 'internal'
  return errorAt(block.nameSpan, expected ? messageOf(error) : `${id} failed: ${messageOf(error)}`)
}
