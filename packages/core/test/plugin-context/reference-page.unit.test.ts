import { readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from '@jest/globals'
import ts from 'typescript'

const repository = fileURLToPath(new URL('../../../..', import.meta.url))
const read = (file: string): string => readFileSync(path.join(repository, file), 'utf8')

const plain = (text: string): string =>
  text
    .replace(/^readonly /, '')
    .replace(/\s+/g, ' ')
    .replaceAll('( ', '(')
    .replaceAll(', )', ')')

/** The members of an interface, those of its object types in their place: `ctx.acl.grant` → how it is declared. */
function membersOf(file: string, name: string, prefix: string): readonly (readonly [string, string])[] {
  const source = ts.createSourceFile(file, read(file), ts.ScriptTarget.Latest, true)
  const walk = (members: readonly ts.TypeElement[], at: string): (readonly [string, string])[] =>
    members.flatMap((member) => {
      const place = `${at}.${member.name?.getText(source) ?? '?'}`
      return ts.isPropertySignature(member) && member.type && ts.isTypeLiteralNode(member.type)
        ? walk(member.type.members, place)
        : [[place, plain(member.getText(source))]]
    })
  const found = source.statements.find((node) => ts.isInterfaceDeclaration(node) && node.name.text === name)
  return found && ts.isInterfaceDeclaration(found) ? walk([...found.members], prefix) : []
}

const parts = { 'ctx.collections': 'CollectionsPart', 'ctx.resources': 'ResourcesPart' }
const context = membersOf('packages/core/src/plugins/plugin-context.ts', 'PluginContext', 'ctx')
const declared = [
  ...context.filter(([name]) => !Object.hasOwn(parts, name)),
  ...Object.entries(parts).flatMap(([prefix, name]) =>
    membersOf('packages/core/src/plugins/data-part.ts', name, prefix),
  ),
  ...membersOf('packages/core/src/database/handle.ts', 'DatabaseHandle', 'ctx.db'),
]

const page = read('docs/plugin-context.md')
const sections = page
  .split(/^### /m)
  .slice(1)
  .map((section) => {
    const [heading = ''] = section.split('\n')
    const [signature, example] = [...section.matchAll(/^```(?:text|typescript)\n([^]*?)^```$/gm)].map(
      ([, text = '']) => text,
    )
    return { heading, signature: signature?.trim(), example, says: section }
  })

/** The plugin at the top of the page, with every example in a block of its own where the page says so. */
function pluginWithExamples(): string {
  const [, plugin = ''] = /^```typescript\n([^]*?)^```$/m.exec(page) ?? []
  const blocks = sections.map(({ example }) => `{\n${example}\n}\n`).join('')
  return plugin.replace('// each example', () => blocks)
}

function typeErrors(text: string): readonly string[] {
  const file = path.join(repository, 'packages', 'core', 'test', 'plugin-context', 'examples-of-the-page.ts')
  const { config } = ts.readConfigFile(path.join(repository, 'tsconfig.base.json'), (name) => ts.sys.readFile(name))
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, repository)
  const disk = ts.createCompilerHost({ ...options, noEmit: true })
  const host: ts.CompilerHost = {
    ...disk,
    fileExists: (name) => name === file || disk.fileExists(name),
    readFile: (name) => (name === file ? text : disk.readFile(name)),
    getSourceFile: (name, version, ...rest) =>
      name === file ? ts.createSourceFile(name, text, version) : disk.getSourceFile(name, version, ...rest),
  }
  const program = ts.createProgram([file], { ...options, noEmit: true, composite: false, incremental: false }, host)
  return ts.getPreEmitDiagnostics(program).map(({ messageText, file: of, start }) => {
    const line = of && start !== undefined ? text.split('\n')[of.getLineAndCharacterOfPosition(start).line] : ''
    return `${ts.flattenDiagnosticMessageText(messageText, ' ')} — ${line?.trim()}`
  })
}

describe('docs/plugin-context.md', () => {
  it('has a section for every member and method of ctx, and no other', () => {
    expect(sections.map(({ heading }) => heading).sort()).toEqual(declared.map(([name]) => name).sort())
  })

  it.each(declared)('declares %s as it is', (name, text) => {
    expect(sections.find(({ heading }) => heading === name)?.signature).toBe(text)
  })

  it.each(sections)('says of $heading what undoes it, with an example that uses it', ({ heading, says, example }) => {
    expect(says).toMatch(/^Undone: \S/m)
    expect(example).toContain(heading)
  })

  it('has examples with right types', () => {
    expect(typeErrors(pluginWithExamples())).toEqual([])
  }, 60_000)
})
