import type {
  ApiDescription,
  DescribedAction,
  DescribedCollection,
  DescribedStrategy,
  DocumentSettings,
} from '@postern/core'
import { Components, type Part } from './components.js'
import { introduction } from './introduction.js'
import { baseOf } from './names.js'
import type { Namespace } from './namespaces.js'
import { operationOf, type PlacedOperation } from './operation.js'
import { RecordSchemas } from './record-schemas.js'
import { ErrorResponses } from './responses.js'

const securityScheme = ({ scheme, name, plugin }: DescribedStrategy): Part => ({
  ...scheme,
  description: scheme.type === 'http' ? `\`Authorization: Bearer …\` (${name}, of ${plugin})` : `Of ${plugin}`,
})

/** Relations lead only to collections that the reader may list. */
function followed(actions: readonly DescribedAction[]) {
  const lists = new Map(actions.filter(({ action }) => action === 'list').map((action) => [action.resource, action]))
  return {
    listOf: (collection: string) => lists.get(collection),
    relationsOf: ({ relations }: DescribedCollection) =>
      relations.filter(({ hidden, target }) => !hidden && lists.has(target)),
  }
}

function tagOf(name: string, own: readonly DescribedAction[]): Part {
  const collection = own.find((action) => action.collection?.name === name)?.collection
  const owner = own.find(({ resource }) => resource === name)?.owner ?? own[0]?.owner ?? ''
  const [first] = own
  const brought =
    first?.origin === 'plugin' ? `Brought by the plugin \`${owner}\`.` : `A part of the server itself (\`${owner}\`).`
  const from = first?.origin === 'runtime' ? 'A collection made at run time.' : brought
  return {
    name,
    'x-displayName': collection?.title ?? name,
    description: collection?.description ?? from,
  }
}

/** Tags by who brought them. */
function tagGroups(actions: readonly DescribedAction[]): readonly Part[] {
  const groups = new Map<string, Set<string>>()
  for (const { origin, owner, resource } of actions) {
    const name = origin === 'plugin' ? `Plugin ${owner}` : origin === 'core' ? 'Core' : 'Collections'
    groups.set(name, (groups.get(name) ?? new Set()).add(baseOf(resource)))
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, tags]) => ({ name, tags: [...tags] }))
}

function pathsOf(placed: readonly PlacedOperation[]): Part {
  const paths = new Map<string, Part>()
  for (const { path, method, operation } of placed) paths.set(path, { ...paths.get(path), [method]: operation })
  return Object.fromEntries([...paths].sort(([a], [b]) => (a < b ? -1 : 1)))
}

export interface DocumentInput {
  readonly description: ApiDescription
  readonly actions: readonly DescribedAction[]
  readonly namespace: Namespace | undefined
  readonly settings: DocumentSettings
}

/** The OpenAPI 3.1 document of what a reader may do, or of a part of it. */
export function makeDocument({ description, actions, namespace, settings }: DocumentInput): Part {
  const components = new Components()
  const { listOf, relationsOf } = followed(actions)
  const records = new RecordSchemas(components, relationsOf, listOf)
  const errors = new ErrorResponses(components)
  const { strategies, hasRoles } = description
  const shown = namespace ? actions.filter(namespace.holds) : actions
  const paths = pathsOf(shown.map((action) => operationOf(action, { components, records, errors, hasRoles })))
  for (const strategy of strategies) components.use('securitySchemes', strategy.name, () => securityScheme(strategy))
  const byTag = new Map<string, DescribedAction[]>()
  for (const action of shown) {
    const base = baseOf(action.resource)
    byTag.set(base, [...(byTag.get(base) ?? []), action])
  }
  const tags = [...byTag].sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    openapi: '3.1.0',
    info: {
      title: namespace ? `Postern: ${namespace.title}` : 'Postern',
      version: settings.version,
      description: introduction,
    },
    servers: [{ url: settings.prefix, description: 'This server' }],
    tags: tags.map(([name, own]) => tagOf(name, own)),
    'x-tagGroups': tagGroups(shown),
    paths,
    components: components.toPart(),
  }
}
