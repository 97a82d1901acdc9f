import type { Permission } from '../../acl/permission.js'
import type { CompiledCollection } from '../../database/collection.js'
import { resolveRelation, type ResolvedRelation } from '../../database/resolve-relation.js'
import { AppError, combineErrors } from '../../kernel/errors.js'
import { wire } from '../../kernel/wire-errors.js'
import type { CrudCall } from '../crud/crud.js'
import { listParameter, parameter } from '../parameters.js'
import { readableFields } from '../readable.js'
import { follow } from './follow.js'

/** What a caller wants of the records of one collection. */
export interface Wanted {
  readonly fields: readonly string[]
  readonly appends: readonly Append[]
}

/** A relation whose records come with those of its source. */
export interface Append extends Wanted {
  readonly relation: ResolvedRelation
  /** What the caller may read of the target. */
  readonly permission: Permission
}

const longestPath = 10
const mostAppends = 50

const invalid = (problem: string): AppError => wire.INVALID_FIELDS({ problem })

type Parameter = 'fields' | 'except' | 'appends'
type Path = readonly string[]

/** The paths of each parameter from one collection on; `fields` is undefined where all of them are wanted. */
interface Paths {
  readonly fields: readonly Path[] | undefined
  readonly except: readonly Path[]
  readonly appends: readonly Path[]
}

/** What is wanted of one relation while its paths are gathered. */
interface Gathered {
  readonly fields: Path[]
  readonly except: Path[]
  readonly appends: Path[]
  /** All of its records' fields, unless some are named. */
  isWhole: boolean
  /** The parameter that names it first: where a fault is. */
  readonly named: Parameter
}

/** Works out one call's `fields`, `except` and `appends`. @throws 400 INVALID_FIELDS, 403 NO_PERMISSION */
export class WantedReader {
  #appends = 0

  constructor(private readonly crud: CrudCall) {}

  read(inBody: boolean): Wanted {
    const { collection, call } = this.crud
    const paths = (name: Parameter) => this.#paths(name, inBody)
    const [fields, except, appends] = [paths('fields'), paths('except') ?? [], paths('appends') ?? []]
    return this.#level(collection, call.permission, { fields, except, appends })
  }

  #paths(name: Parameter, inBody: boolean): Path[] | undefined {
    const fault = (problem: string): AppError => invalid(problem).at(name)
    return listParameter(parameter(this.crud.call, name, inBody), fault)?.map((text) => {
      const path = text.split('.')
      if (path.length > longestPath) throw fault(`it follows more than ${longestPath} relations`)
      return path
    })
  }

  #level(collection: CompiledCollection, permission: Permission, paths: Paths): Wanted {
    const relations = gather(collection, paths)
    const appends = [...relations].flatMap(([name, gathered]) => this.#append(collection, permission, name, gathered))
    return { fields: ownFields(collection, permission, paths), appends }
  }

  #append(collection: CompiledCollection, permission: Permission, name: string, gathered: Gathered): Append {
    const relation = resolveRelation(this.crud.context.collections, collection, name)
    if (!relation || collection.relations.get(name)?.hidden === true) {
      throw invalid(`there is no relation "${name}"`).at(gathered.named)
    }
    const read = this.#followed(relation, permission, gathered.named)
    if (++this.#appends > mostAppends) throw invalid(`they are more than ${mostAppends}`).at('appends')
    const { fields, except, appends, isWhole } = gathered
    const paths = { fields: fields.length === 0 && isWhole ? undefined : fields, except, appends }
    return { relation, permission: read, ...this.#level(relation.target, read, paths) }
  }

  #followed(relation: ResolvedRelation, { fields }: Permission, named: Parameter): Permission {
    try {
      return follow(this.crud.rights, relation, fields)
    } catch (error) {
      throw error instanceof AppError ? error.at(named) : error
    }
  }
}

/** The relations that paths begin with, each with the rest of those paths. */
function gather(collection: CompiledCollection, { fields = [], except, appends }: Paths): Map<string, Gathered> {
  const gathered = new Map<string, Gathered>()
  const of = (name: string, named: Parameter): Gathered => {
    let found = gathered.get(name)
    if (!found) gathered.set(name, (found = { fields: [], except: [], appends: [], isWhole: false, named }))
    return found
  }
  for (const [name = '', ...rest] of fields) {
    if (rest.length > 0) of(name, 'fields').fields.push(rest)
    else if (collection.relations.has(name)) of(name, 'fields').isWhole = true
  }
  for (const [name = '', ...rest] of appends) {
    of(name, 'appends').isWhole = true
    if (rest.length > 0) of(name, 'appends').appends.push(rest)
  }
  for (const [name = '', ...rest] of except) {
    if (rest.length > 0) gathered.get(name)?.except.push(rest)
    else gathered.delete(name)
  }
  return gathered
}

/** The fields of the collection itself. A record without any member would be a record without a name. */
function ownFields(collection: CompiledCollection, permission: Permission, paths: Paths): readonly string[] {
  const readable = readableFields(collection, permission)
  const own = (list: readonly Path[]): string[] =>
    list.flatMap(([name = '', ...rest]) => (rest.length === 0 && !collection.relations.has(name) ? [name] : []))
  const fields = paths.fields && own(paths.fields)
  const except = own(paths.except)
  checkNames(collection, fields ?? [], readable, 'fields')
  checkNames(collection, except, readable, 'except')
  for (const [name = '', ...rest] of paths.except) {
    if (rest.length > 0 && !collection.relations.has(name)) throw invalid(`there is no relation "${name}"`).at('except')
  }
  if (!fields && except.length === 0) return readable
  const selected = readable.filter((name) => (!fields || fields.includes(name)) && !except.includes(name))
  return selected.length > 0 ? selected : ['id']
}

function checkNames(
  collection: CompiledCollection,
  names: readonly string[],
  readable: readonly string[],
  path: Parameter,
): void {
  const faults = names.flatMap((name) => {
    if (readable.includes(name)) return []
    if (collection.visible.includes(name))
      return [wire.NO_PERMISSION({ target: `the field ${collection.name}.${name}` }).at(path)]
    return [invalid(`there is no field "${name}"`).at(path)]
  })
  const [first, ...rest] = faults
  if (first) throw combineErrors([first, ...rest])
}
