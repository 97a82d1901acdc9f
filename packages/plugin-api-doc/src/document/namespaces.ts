import type { DescribedAction } from '@postern/core'
import { baseOf } from './names.js'

/** A part of the API that has a document of its own. */
export interface Namespace {
  /** As `?ns=` says it. */
  readonly name: string
  /** For people. */
  readonly title: string
  readonly holds: (action: DescribedAction) => boolean
}

type Holds = Namespace['holds']

const isCore: Holds = ({ origin }) => origin === 'core'
const isPlugin: Holds = ({ origin }) => origin === 'plugin'
const isOwnedBy =
  (owner: string): Holds =>
  (action) =>
    isPlugin(action) && action.owner === owner
const isOf =
  (collection: string): Holds =>
  ({ resource }) =>
    baseOf(resource) === collection

const unique = (names: readonly string[]): string[] => [...new Set(names)].sort()

/** Every part in which the reader may do something. */
export function namespacesOf(actions: readonly DescribedAction[]): readonly Namespace[] {
  const made = new Set(actions.flatMap((one) => (one.origin === 'runtime' ? [baseOf(one.resource)] : [])))
  const collections = unique(actions.flatMap(({ collection }) => (collection ? [collection.name] : [])))
  const plugins = unique(actions.filter(isPlugin).map(({ owner }) => owner))
  const titles = new Map(actions.map(({ collection }) => [collection?.name ?? '', collection?.title]))
  const bases = new Set(actions.map(({ resource }) => baseOf(resource)))
  const all: readonly Namespace[] = [
    { name: 'core', title: 'The server itself', holds: isCore },
    { name: 'plugins', title: 'All plugins', holds: isPlugin },
    ...plugins.map((name) => ({ name: `plugins/${name}`, title: `The plugin ${name}`, holds: isOwnedBy(name) })),
    {
      name: 'collections',
      title: 'All collections made at run time',
      holds: ({ resource }) => made.has(baseOf(resource)),
    },
    ...collections.map((name) => ({ name: `collections/${name}`, title: titles.get(name) ?? name, holds: isOf(name) })),
  ]
  // There may be many collections: whether one has actions is known without looking at all of them.
  return all.filter(({ name, holds }) =>
    name.startsWith('collections/') ? bases.has(name.slice('collections/'.length)) : actions.some(holds),
  )
}
