import { z } from 'zod'

const part = z.record(z.string(), z.unknown())
const media = z.object({ schema: part.optional(), example: z.unknown().optional() })
const content = z.record(z.string(), media)
const headers = z.record(z.string(), z.unknown())
const reference = z.object({ $ref: z.string() })

const parameterForm = z.object({
  name: z.string(),
  in: z.enum(['query', 'path', 'header', 'cookie']),
  required: z.boolean().default(false),
  schema: part.optional(),
  example: z.unknown().optional(),
  'x-field': z.string().optional(),
})
const responseForm = z.object({ description: z.string(), headers: headers.optional(), content: content.optional() })
const operationForm = z.object({
  operationId: z.string(),
  parameters: z.array(z.unknown()).default([]),
  requestBody: z.object({ required: z.boolean().default(false), content }).optional(),
  responses: z.record(z.string(), z.unknown()),
})
const documentForm = z.object({
  openapi: z.string(),
  info: z.object({ title: z.string(), version: z.string() }),
  servers: z.array(z.object({ url: z.string() })).default([]),
  paths: z.record(z.string(), z.record(z.string(), operationForm)),
  components: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
})

export type ReadDocument = z.infer<typeof documentForm>
export type ReadParameter = z.infer<typeof parameterForm>
export type ReadResponse = z.infer<typeof responseForm>

/** An operation with what it refers to. */
export interface ReadOperation {
  readonly id: string
  readonly method: string
  /** It changes nothing: what answers to GET does not with POST either. */
  readonly reads: boolean
  readonly path: string
  readonly parameters: readonly ReadParameter[]
  readonly body: z.infer<typeof operationForm>['requestBody']
  readonly responses: ReadonlyMap<string, ReadResponse>
}

/** @throws Error when it is no OpenAPI document, or refers to what is not there */
export const readDocument = (value: unknown): ReadDocument => documentForm.parse(value)

/** What a reference leads to. @throws Error when it leads nowhere */
export function follow(document: ReadDocument, value: unknown): unknown {
  const read = reference.safeParse(value)
  if (!read.success) return value
  const [, kind = '', name = ''] = /^#\/components\/([^/]+)\/(.+)$/.exec(read.data.$ref) ?? []
  const found = document.components[kind]?.[name]
  if (found === undefined) throw new Error(`${read.data.$ref} leads nowhere`)
  return found
}

/** @throws Error */
export function operationsOf(document: ReadDocument): ReadOperation[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      id: operation.operationId,
      method: method.toUpperCase(),
      reads: methods['get'] !== undefined,
      path,
      parameters: operation.parameters.map((one) => parameterForm.parse(follow(document, one))),
      body: operation.requestBody,
      responses: new Map(
        Object.entries(operation.responses).map(([status, one]) => [status, responseForm.parse(follow(document, one))]),
      ),
    })),
  )
}
