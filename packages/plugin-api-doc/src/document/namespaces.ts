import type { DescribedGroup, DescribedResource } from '@postern/core'
import type { View } from './view.js'

/** A part of the API that has a document of its own. */
export interface Namespace {
  /** As `?ns=` says it. */
  readonly name: string
  /** For people. */
  readonly title: string
  readonly holds: (resource: DescribedResource, group: DescribedGroup) => boolean
}

const unique = (names: readonly string[]): string[] => [...new Set(names)].sort()

const isMade = ({ groups }: DescribedResource): boolean => groups.some(({ origin }) => origin === 'runtime')

/** Every part in which the reader may do something. */
export function namespacesOf(view: View): readonly Namespace[] {
  const resources = [...view.resources.values()]
  const { groups } = view
  const owners = unique(groups.flatMap(({ origin, owner }) => (origin === 'plugin' ? [owner] : [])))
  const about = new Map(groups.flatMap(({ collections }) => collections).map((one) => [one.name, one]))
  const collections = unique([...about.keys()].filter((name) => view.resources.has(name)))
  const core: Namespace = { name: 'core', title: 'The server itself', holds: (_, { origin }) => origin === 'core' }
  return [
    ...(groups.some(({ origin }) => origin === 'core') ? [core] : []),
    ...(owners.length > 0
      ? [
          {
            name: 'plugins',
            title: 'All plugins',
            holds: (_: DescribedResource, { origin }: DescribedGroup) => origin === 'plugin',
          },
        ]
      : []),
    ...owners.map((name) => ({
      name: `plugins/${name}`,
      title: `The plugin ${name}`,
      holds: (_: DescribedResource, { origin, owner }: DescribedGroup) => origin === 'plugin' && owner === name,
    })),
    ...(resources.some(isMade)
      ? [{ name: 'collections', title: 'All collections made at run time', holds: isMade }]
      : []),
    ...collections.map((name) => ({
      name: `collections/${name}`,
      title: about.get(name)?.title ?? name,
      holds: (resource: DescribedResource) => resource.name === name,
    })),
  ]
}
