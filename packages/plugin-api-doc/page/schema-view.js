import { h, spans } from './dom.js'
import { inWords, resolve } from './model.js'

/** Deeper than this a schema is only named. */
const deepest = 4

const nameOf = (schema) => schema.$ref?.split('/').at(-1)

/** The parts of an `allOf` as one. */
function merged(document, given) {
  const schema = resolve(document, given)
  if (!schema.allOf) return schema
  return schema.allOf
    .map((part) => merged(document, part))
    .reduce(
      (all, part) => ({
        ...all,
        ...part,
        properties: { ...all.properties, ...part.properties },
        required: [...(all.required ?? []), ...(part.required ?? [])],
      }),
      { ...schema, allOf: undefined },
    )
}

function member(document, name, given, isRequired, depth) {
  const schema = merged(document, given)
  const label = nameOf(given) ?? nameOf(schema.items ?? {})
  return h(
    'li',
    {},
    h('code', {}, name),
    ` ${inWords(schema)}${label ? ` (${label})` : ''}${isRequired ? ', required' : ''}`,
    schema.title ? h('p', { class: 'soft' }, schema.title) : undefined,
    schema.description ? h('p', { class: 'soft' }, ...spans(schema.description)) : undefined,
    inside(document, schema, depth + 1),
  )
}

/** What is within an object, a list or a choice. */
function inside(document, schema, depth) {
  if (depth > deepest) return undefined
  if (schema.properties) {
    const members = Object.entries(schema.properties).map(([name, one]) =>
      member(document, name, one, schema.required?.includes(name), depth),
    )
    return h('ul', { class: 'schema' }, members)
  }
  if (schema.items) return h('ul', { class: 'schema' }, member(document, 'each', schema.items, false, depth))
  const choices = schema.anyOf ?? schema.oneOf
  if (!choices) return undefined
  return h(
    'ul',
    { class: 'schema' },
    choices.map((one, index) => member(document, `${index + 1}.`, one, false, depth)),
  )
}

/** A schema as nested lists. */
export function schemaView(document, given) {
  const schema = merged(document, given)
  return h('div', {}, h('p', { class: 'soft' }, inWords(schema)), inside(document, schema, 1))
}
