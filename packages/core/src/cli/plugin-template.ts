/** The files of a new plugin, by their paths below `plugins/<name>`. */
export function pluginFiles(name: string, coreVersion: string): Readonly<Record<string, string>> {
  return {
    'package.json': `${JSON.stringify(
      {
        name: `postern-plugin-${name}`,
        version: '0.1.0',
        description: `The ${name} plugin`,
        license: 'MIT',
        type: 'module',
        main: 'src/index.ts',
        peerDependencies: { '@postern/core': `^${coreVersion}`, zod: '^4.0.0' },
      },
      null,
      2,
    )}\n`,
    'tsconfig.json': `${JSON.stringify(
      {
        compilerOptions: {
          target: 'es2023',
          module: 'nodenext',
          strict: true,
          noUncheckedIndexedAccess: true,
          exactOptionalPropertyTypes: true,
          verbatimModuleSyntax: true,
          skipLibCheck: true,
          noEmit: true,
          types: ['node'],
        },
        include: ['src', 'test'],
      },
      null,
      2,
    )}\n`,
    'README.md': readme(name),
    'src/index.ts': source(name),
    [`test/${name}.test.ts`]: test(name),
  }
}

const readme = (name: string): string => `# ${name}

A Postern plugin. It adds one action, \`${name}:greet\`, that anybody may call.

    npx postern plugin enable ${name}
    curl "http://localhost:13000/api/${name}:greet?name=Ann"
    npm test -- plugins/${name}

While \`npx postern dev\` runs, a saved change is in force within a second.
`

const source = (name: string): string => `import { defineAction, definePlugin } from '@postern/core'
import { z } from 'zod'

export default definePlugin({
  name: '${name}',
  version: '0.1.0',
  setup({ acl, resources }) {
    acl.grant('anonymous', '${name}', ['greet'])
    return resources.define('${name}', {
      greet: defineAction({
        summary: 'Greet somebody',
        reads: true,
        input: z.object({ name: z.string().max(100).default('world') }),
        output: z.object({ message: z.string() }),
        run: ({ input }) => ({ message: \`Hello, \${input.name}!\` }),
      }),
    })
  },
})
`

const test = (name: string): string => `import { describe, expect, it } from '@jest/globals'
import { createTestApp, expectCleanDisable } from '@postern/testkit'
import plugin from '../src/index.js'

describe('${name}:greet', () => {
  it('greets whoever asks', async () => {
    const app = await createTestApp({ plugins: [plugin] })
    try {
      const { status, body } = await app.request('GET', '/api/${name}:greet?name=Ann')
      expect(status).toBe(200)
      expect(body).toEqual({ data: { message: 'Hello, Ann!' } })
    } finally {
      await app.close()
    }
  })

  it('leaves nothing behind when it is switched off', async () => {
    await expectCleanDisable(plugin)
  })
})
`
