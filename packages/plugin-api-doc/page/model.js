// The document as the page shows it.

const verbs = ['get', 'post', 'put', 'patch', 'delete']

export function resolve(document, part) {
  let found = part
  for (let turn = 0; turn < 20 && found?.$ref; turn++) {
    found = found.$ref
      .slice(2)
      .split('/')
      .reduce((at, name) => at?.[name.replaceAll('~1', '/').replaceAll('~0', '~')], document)
  }
  return found ?? {}
}

export function operationsOf(document) {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    verbs
      .filter((method) => methods[method])
      .map((method) => {
        const operation = methods[method]
        return {
          ...operation,
          id: operation.operationId,
          method: method.toUpperCase(),
          path,
          name: path.replace(/^\//, '').replaceAll(/\/\{\w+\}\//g, '.'),
          parameters: (operation.parameters ?? []).map((one) => resolve(document, one)),
          responses: Object.entries(operation.responses).map(([status, one]) => [status, resolve(document, one)]),
        }
      }),
  )
}

const normal = (text) => text.toLowerCase()

/** The operations in which every word occurs. */
export function found(operations, words) {
  const wanted = normal(words)
    .split(/\s+/)
    .filter((word) => word !== '')
  return operations.filter(({ method, name, summary, id, tags }) => {
    const text = normal([method, name, summary, id, ...tags].join(' '))
    return wanted.every((word) => text.includes(word))
  })
}

/** Tags with their operations, in the order of the document. */
export function grouped(document, operations) {
  return (document.tags ?? [])
    .map((tag) => ({ tag, own: operations.filter(({ tags }) => tags[0] === tag.name) }))
    .filter(({ own }) => own.length > 0)
}

const bounds = [
  ['minLength', '≥', ' characters'],
  ['maxLength', '≤', ' characters'],
  ['minimum', '≥', ''],
  ['maximum', '≤', ''],
  ['minItems', '≥', ' items'],
  ['maxItems', '≤', ' items'],
]

const typeName = (schema) => {
  if (Array.isArray(schema.type)) return schema.type.join(' or ')
  return schema.type ?? (schema.enum ? 'one of' : schema.anyOf || schema.oneOf ? 'either' : 'anything')
}

/** A schema in a line: `string or null, date, ≤ 80 characters`. */
export function inWords(schema) {
  const shown = bounds.filter(
    ([name]) => schema[name] !== undefined && Math.abs(schema[name]) < Number.MAX_SAFE_INTEGER,
  )
  return [
    typeName(schema),
    ...(schema.format ? [schema.format] : []),
    ...shown.map(([name, sign, unit]) => `${sign} ${schema[name]}${unit}`),
    ...(schema.pattern ? [`matches ${schema.pattern}`] : []),
    ...(schema.enum ? [schema.enum.map((value) => JSON.stringify(value)).join(' | ')] : []),
    ...(schema.default === undefined ? [] : [`${JSON.stringify(schema.default)} unless given`]),
    ...(schema.readOnly ? ['set by the server'] : []),
  ].join(', ')
}
