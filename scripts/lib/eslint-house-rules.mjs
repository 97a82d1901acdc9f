// The house rules that no published plugin checks.
import { basename } from 'node:path'

const grabBags = /^(utils?|helpers?|common|misc|shared)\./
const kebabCase = /^\.?[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*$/

const rule = (messages, create) => ({ meta: { type: 'problem', messages, schema: [] }, create })

const fileName = rule(
  {
    grabBag: 'A file is named for the one thing it does, not `{{name}}` (house rule 9).',
    kebab: 'File names are kebab-case, not `{{name}}` (house rule 3).',
  },
  (context) => ({
    Program(node) {
      const name = basename(context.filename)
      if (grabBags.test(name)) context.report({ node, messageId: 'grabBag', data: { name } })
      if (!kebabCase.test(name)) context.report({ node, messageId: 'kebab', data: { name } })
    },
  }),
)

const exceptionWithReason = rule(
  { missing: 'An exception carries its reason: `eslint-disable-next-line rule -- because …`.' },
  (context) => ({
    Program() {
      for (const comment of context.sourceCode.getAllComments()) {
        const directive = /^\s*(eslint-disable|@ts-expect-error|@ts-ignore)/.test(comment.value)
        const reason = /(--\s*\S|@ts-expect-error\s*\S)/.test(comment.value)
        if (directive && !reason) context.report({ loc: comment.loc, messageId: 'missing' })
      }
    },
  }),
)

const castWithReason = rule(
  { missing: 'An `as` has a comment beside or above it that says why it is true.' },
  (context) => {
    const check = (node) => {
      if (node.typeAnnotation.typeName?.name === 'const') return
      const statement = context.sourceCode
        .getAncestors(node)
        .findLast((one) => /(Statement|Declaration|Definition)$/.test(one.type))
      const first = (statement ?? node).loc.start.line - 1
      const last = node.loc.end.line
      const explained = context.sourceCode
        .getAllComments()
        .some(({ loc }) => loc.end.line >= first && loc.start.line <= last)
      if (!explained) context.report({ node, messageId: 'missing' })
    }
    return { TSAsExpression: check, TSTypeAssertion: check }
  },
)

export const house = {
  rules: { 'file-name': fileName, 'exception-with-reason': exceptionWithReason, 'cast-with-reason': castWithReason },
}
