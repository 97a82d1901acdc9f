import type { DescribedAction, DocumentedAnswer } from '@postern/core'
import type { Components, Part } from './components.js'
import { jsonSchemaOf } from './zod-schemas.js'
import type { RecordSchemas } from './record-schemas.js'

const arrayOf = (items: Part): Part => ({ type: 'array', items })
const underData = (data: Part): Part => ({ type: 'object', required: ['data'], properties: { data } })

const meta = (components: Components): Part =>
  components.common('schemas', 'Page', () => ({
    type: 'object',
    title: 'Which page it is',
    properties: {
      count: { type: 'integer', minimum: 0, description: 'How many there are in all; not with `count=false`.' },
      page: { type: 'integer', minimum: 1 },
      pageSize: { type: 'integer', minimum: 1 },
      totalPage: { type: 'integer', minimum: 0, description: 'Not with `count=false`.' },
      hasNext: { type: 'boolean', description: 'With `count=false`: there is a next page.' },
      nextCursor: { type: 'string', description: 'With `count=false`: what `after` goes on from.' },
    },
    required: ['page', 'pageSize'],
  }))

type Form = DocumentedAnswer['form']

/** Where the caller cannot choose the fields, all of them come. */
const cannotChoose: readonly Form[] = ['created', 'records']

function itemOf(action: DescribedAction, form: Form, records: RecordSchemas, components: Components): Part {
  const of = action.document.answer?.of
  if (of) return jsonSchemaOf(of, 'output', `${action.resource}.${action.action}.answer`, components)
  const { also } = action.document.answer ?? {}
  if (also) {
    const more = jsonSchemaOf(also, 'output', `${action.resource}.${action.action}.answer`, components)
    return { allOf: [records.whole(action), { ...more, additionalProperties: true }] }
  }
  const isWhole = cannotChoose.includes(form) || action.document.parameters?.includes('fields') !== true
  return isWhole ? records.whole(action) : records.part(action)
}

/** The schema of a success: `{"data": …}`, with `meta` beside it for pages. */
export function answerSchema(action: DescribedAction, records: RecordSchemas, components: Components): Part {
  const { output, document, resource, action: name } = action
  const form = document.answer?.form
  if (form === undefined) {
    return underData(output ? jsonSchemaOf(output, 'output', `${resource}.${name}.answer`, components) : {})
  }
  if (form === 'number') return underData({ type: 'integer', minimum: 0 })
  if (form === 'ok') return { type: 'object', properties: { data: { type: 'string', const: 'ok' } } }
  const item = itemOf(action, form, records, components)
  if (form === 'whole') return item
  if (form === 'record') return underData(item)
  if (form === 'records') return underData(arrayOf(item))
  if (form === 'created') return underData({ anyOf: [item, arrayOf(item)] })
  return { type: 'object', required: ['data'], properties: { data: arrayOf(item), meta: meta(components) } }
}
