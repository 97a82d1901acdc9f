import { Utils } from 'sequelize'
import { leadsToMany, type DeleteRule, type RelationDefinition, type RelationType } from '../schema/relation.js'

/** A relation of a collection with every name that its definition left to us. */
export interface CompiledRelation {
  readonly name: string
  readonly type: RelationType
  /** It leads to several records. */
  readonly many: boolean
  readonly hidden: boolean
  /** Follows from a field of the server's own, to be read only: `createdBy`. The database keeps no foreign key for it. */
  readonly implied: boolean
  readonly title: string | undefined
  readonly description: string | undefined
  readonly target: string
  readonly foreignKey: string
  readonly sourceKey: string
  readonly targetKey: string
  /** The collection of links of a `belongsToMany`, and its field for the key of the target. */
  readonly through: string
  readonly otherKey: string
  /** Undefined where nothing was said. */
  readonly onDelete: DeleteRule | undefined
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
const keyName = (name: string): string => `${Utils.singularize(name)}Id`

/** `posts` and `tags`: `postsTags`, from both sides. */
function linkName(source: string, target: string): string {
  const [first = '', second = ''] = [source, target].sort()
  return first + capital(second)
}

/** The names that a definition leaves out. */
function namesOf(source: string, name: string, { kind, options }: RelationDefinition) {
  const { target } = options
  const ownKey = kind === 'belongsTo' ? `${name}Id` : keyName(source)
  return {
    foreignKey: options.foreignKey ?? ownKey,
    // A relation of a collection with itself needs two keys that differ.
    otherKey: options.otherKey ?? keyName(target === source ? name : target),
    through: options.through ?? linkName(source, target),
  }
}

export const compileRelation = (source: string, name: string, definition: RelationDefinition): CompiledRelation => ({
  name,
  type: definition.kind,
  many: leadsToMany(definition.kind),
  hidden: definition.options.hidden === true,
  implied: false,
  title: definition.options.title,
  description: definition.options.description,
  target: definition.options.target,
  ...namesOf(source, name, definition),
  sourceKey: definition.options.sourceKey ?? 'id',
  targetKey: definition.options.targetKey ?? 'id',
  onDelete: definition.options.onDelete,
})

/** The user who made a record, and who changed it last, as the keys that every record has name them. */
export const authorRelations = (source: string): CompiledRelation[] =>
  ['createdBy', 'updatedBy'].map((name) => ({
    ...compileRelation(source, name, { kind: 'belongsTo', options: { target: 'users' } }),
    implied: true,
  }))
