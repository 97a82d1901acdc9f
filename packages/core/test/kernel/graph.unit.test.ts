import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { dependencyOrder } from '../../src/kernel/graph.js'

type Graph = Readonly<Record<string, readonly string[]>>
const orderOf = (graph: Graph): string[] => dependencyOrder(Object.keys(graph), (node) => graph[node] ?? [])

describe('the order of dependencies', () => {
  it('puts each after all that it needs', () => {
    expect(orderOf({ app: ['keys', 'log'], keys: ['store'], log: ['store'], store: [] })).toEqual([
      'store',
      'keys',
      'log',
      'app',
    ])
  })

  it('keeps the order given where nothing is needed', () => {
    expect(orderOf({ c: [], a: [], b: [] })).toEqual(['c', 'a', 'b'])
    expect(orderOf({})).toEqual([])
  })

  it('ignores what is not among the nodes', () => {
    expect(orderOf({ a: ['missing', 'b'], b: ['missing'] })).toEqual(['b', 'a'])
  })

  it('holds for any graph without circles', () => {
    const graphs = fc.array(fc.array(fc.nat(20), { maxLength: 4 }), { maxLength: 20 })
    fc.assert(
      fc.property(graphs, (needs) => {
        // Edges to smaller numbers only: no circle is possible. Some lead nowhere.
        const graph = Object.fromEntries(
          needs.map((list, node) => [`n${node}`, list.map((edge) => (edge < node ? `n${edge}` : `x${edge}`))]),
        )
        const order = orderOf(graph)
        expect([...order].sort()).toEqual(Object.keys(graph).sort())
        for (const [node, list] of Object.entries(graph)) {
          for (const need of list) if (need in graph) expect(order.indexOf(need)).toBeLessThan(order.indexOf(node))
        }
      }),
    )
  })
})

describe('a circle', () => {
  const circle = (graph: Graph): unknown => {
    try {
      return orderOf(graph)
    } catch (error) {
      return error
    }
  }

  it.each<[string, Graph]>([
    ['a → b → a', { a: ['b'], b: ['a'] }],
    ['a → a', { a: ['a'] }],
    ['b → c → d → b', { a: ['b'], b: ['c'], c: ['d'], d: ['b'] }],
  ])('is told as the path %s', (path, graph) => {
    expect(circle(graph)).toMatchObject({ code: 'GRAPH_CYCLE', status: 412, message: expect.stringContaining(path) })
  })

  it('is not seen where two paths meet', () => {
    expect(orderOf({ a: ['b', 'c'], b: ['d'], c: ['d'], d: [] })).toEqual(['d', 'b', 'c', 'a'])
  })
})
