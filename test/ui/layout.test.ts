import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { edgeId, flowText, readFlows } from '../../ui/graph/flows.ts'
import { curve, layout } from '../../ui/graph/layout.ts'

const SIZES = { width: 100, height: 40, gapX: 50, gapY: 10 }

const graphs = fc.integer({ min: 1, max: 14 }).chain((size) =>
  fc.record({
    ids: fc.constant(Array.from({ length: size }, (_, index) => `c${index}`)),
    edges: fc
      .array(fc.tuple(fc.nat(size - 1), fc.nat(size - 1)), { maxLength: 30 })
      .map((pairs) => pairs.map(([from, to]) => [`c${from}`, `c${to}`] as const)),
  }),
)

describe('the layout of a graph', () => {
  it('puts a pipeline in a line', () => {
    const { nodes, edges, width, height } = layout(
      ['a', 'b', 'c'],
      [
        ['a', 'b'],
        ['b', 'c'],
      ],
      SIZES,
    )
    expect(nodes.map(({ x, y }) => [x, y])).toEqual([
      [0, 0],
      [150, 0],
      [300, 0],
    ])
    expect(edges[0].points).toEqual([
      [100, 20],
      [150, 20],
    ])
    expect([width, height]).toEqual([400, 40])
  })

  it('puts one that leads to two in their middle', () => {
    const { nodes } = layout(
      ['a', 'b', 'c'],
      [
        ['a', 'b'],
        ['a', 'c'],
      ],
      SIZES,
    )
    expect(nodes[0].y).toBeCloseTo((nodes[1].y + nodes[2].y) / 2, 5)
  })

  it('puts what nothing leads to right before what it leads to', () => {
    const { nodes } = layout(
      ['a', 'b', 'c', 'late'],
      [
        ['a', 'b'],
        ['b', 'c'],
        ['late', 'c'],
      ],
      SIZES,
    )
    expect(nodes[3].x).toBe(nodes[1].x)
  })

  it('lets no two parts overlap, keeps to its measures, leads every edge from the one to the other', () => {
    fc.assert(
      fc.property(graphs, ({ ids, edges }) => {
        const { nodes, edges: drawn, width, height } = layout(ids, edges, SIZES)
        expect(nodes.map(({ id }) => id)).toEqual(ids)
        for (const [index, a] of nodes.entries()) {
          expect(a.x).toBeGreaterThanOrEqual(0)
          expect(a.y).toBeGreaterThanOrEqual(-0.001)
          expect(a.x + SIZES.width).toBeLessThanOrEqual(width + 0.001)
          expect(a.y + SIZES.height).toBeLessThanOrEqual(height + 0.001)
          for (const b of nodes.slice(index + 1)) {
            if (a.x === b.x) expect(Math.abs(a.y - b.y)).toBeGreaterThanOrEqual(SIZES.height + SIZES.gapY - 0.001)
          }
        }
        const at = new Map(nodes.map((node) => [node.id, node]))
        expect(drawn).toHaveLength(new Set(edges.filter(([from, to]) => from !== to).map(String)).size)
        for (const { from, to, points } of drawn) {
          const [start, end] = [at.get(from), at.get(to)]
          expect(points[0][0]).toBe((start?.x ?? 0) + SIZES.width)
          expect(points[0][1]).toBeCloseTo((start?.y ?? 0) + SIZES.height / 2, 6)
          expect(points.at(-1)?.[0]).toBe(end?.x)
          expect(points.at(-1)?.[1]).toBeCloseTo((end?.y ?? 0) + SIZES.height / 2, 6)
        }
      }),
    )
  })

  it('leads every edge to the right where nothing goes round in circles', () => {
    fc.assert(
      fc.property(graphs, ({ ids, edges }) => {
        const forward = edges.filter(([from, to]) => ids.indexOf(from) < ids.indexOf(to))
        for (const { points } of layout(ids, forward, SIZES).edges) {
          for (let index = 1; index < points.length; index++)
            expect(points[index][0]).toBeGreaterThan(points[index - 1][0])
        }
      }),
    )
  })

  it('is the same for the same graph, and stands circles and strangers', () => {
    const edges = [
      ['a', 'b'],
      ['b', 'a'],
      ['a', 'a'],
      ['a', 'nobody'],
    ] as const
    expect(layout(['a', 'b'], edges, SIZES)).toEqual(layout(['a', 'b'], edges, SIZES))
    expect(layout(['a', 'b'], edges, SIZES).edges).toHaveLength(2)
    expect(layout([], [], SIZES)).toEqual({ nodes: [], edges: [], width: 0, height: 0 })
  })

  it('takes a large configuration in its stride', () => {
    const ids = Array.from({ length: 400 }, (_, index) => `c${index}`)
    const started = performance.now()
    layout(
      ids,
      ids.slice(4).map((id, index) => [ids[index], id] as const),
      SIZES,
    )
    expect(performance.now() - started).toBeLessThan(3000)
  })

  it('draws curves', () => {
    expect(
      curve([
        [0, 0],
        [50, 0],
      ]),
    ).toBe('M0 0H50')
    expect(
      curve([
        [0, 0],
        [50, 20],
      ]),
    ).toMatch(/^M0 0C25 0 25 20 50 20$/)
  })
})

describe('flows', () => {
  it('are read by edge', () => {
    const flows = readFlows(
      '[{"componentID":"a","targetComponentIDs":["b","c"],"type":"target","rate":2.5},{"componentID":"a","targetComponentIDs":["b"],"type":"target","rate":1}]',
    )
    expect(flows?.get(edgeId('a', 'b'))).toEqual({ rate: 3.5, type: 'target' })
    expect(flowText({ rate: 4321, type: 'prometheus_metric' })).toBe('4.32k samples/s')
    expect(flowText({ rate: 1, type: 'otel_trace' })).toBe('1 events/s')
  })

  it('are nothing where the message is none', () => {
    expect(readFlows('nonsense')).toBeUndefined()
    expect(readFlows('{}')).toBeUndefined()
  })
})
