import { defineErrors } from './errors.js'

const errors = defineErrors('GRAPH', {
  CYCLE: {
    status: 412,
    message: 'The plugins need each other in a circle: {path}',
    hint: 'Break the circle: let one of them do without the other, or move what both need into a third plugin.',
  },
})

/**
 * Orders nodes so that each comes after all that it needs. Edges to nodes outside `nodes` are ignored: the caller
 * checks for missing requirements with names of its own.
 *
 * @throws GRAPH_CYCLE with the circle as a path, `a → b → a`
 */
export function dependencyOrder(nodes: readonly string[], needs: (node: string) => readonly string[]): string[] {
  const known = new Set(nodes)
  const ordered: string[] = []
  const done = new Set<string>()
  const visit = (node: string, path: readonly string[]): void => {
    if (done.has(node)) return
    const start = path.indexOf(node)
    if (start !== -1) throw errors.CYCLE({ path: [...path.slice(start), node].join(' → ') })
    for (const need of needs(node)) if (known.has(need)) visit(need, [...path, node])
    done.add(node)
    ordered.push(node)
  }
  for (const node of nodes) visit(node, [])
  return ordered
}
