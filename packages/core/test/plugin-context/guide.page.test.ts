// docs/plugin-guide.md as a reader goes through it: beside a running server, in a folder of his own.
import { execFile } from 'node:child_process'
import { cp, mkdir, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createDatabase, type TestDatabase } from '@postern/testkit'
import { projectFolder, type ProjectFolder } from '../authors/project-folder.js'
import { eventually, runCommand, startNode, type NodeProcess } from '../nodes/node-process.js'
import { examples, guideBlocks, isCutOut, type GuideBlock } from './guide-page.js'

const run = promisify(execFile)
const blocks = guideBlocks()

describe('the code in the guide', () => {
  it.each(blocks.filter(({ language }) => language === 'typescript'))(
    'is cut out of the example: $text',
    ({ text }) => {
      expect(isCutOut(text)).toBe(true)
    },
  )

  it('is of a kind that is tested, save what needs a registry or a terminal', () => {
    const languages = new Set(blocks.map(({ language }) => language))
    expect([...languages].sort()).toEqual(['bash', 'console', 'json', 'text', 'typescript'])
    const notRun = blocks.flatMap(({ language, text }) => (language === 'console' ? text.trim().split('\n') : []))
    expect(notRun).toEqual([
      '$ npm test -- plugins/hello',
      '$ cd plugins/hello',
      '$ npm publish',
      '$ npx postern plugin add postern-plugin-hello',
      '$ npx postern plugin enable hello',
    ])
  })

  it('gives a shared-secret strategy in some twenty lines', () => {
    const strategy = blocks.find(({ text }) => text.includes('timingSafeEqual'))
    expect(strategy?.text.trim().split('\n').length).toBeLessThanOrEqual(20)
  })
})

let project: ProjectFolder
let database: TestDatabase
let server: NodeProcess

beforeAll(async () => {
  project = await projectFolder()
  database = await createDatabase()
  server = await startNode({ databaseUrl: database.url, cwd: project.folder, command: 'dev' })
}, 60_000)
afterAll(async () => {
  await server?.stop()
  await database?.drop()
  await project?.remove()
}, 60_000)

const words = (line: string): string[] =>
  [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain = '']) => quoted ?? plain)

/** @returns what the line prints @throws Error when it fails */
async function type(line: string): Promise<string> {
  const [npx, postern, ...rest] = words(line)
  if (npx === 'npx' && postern === 'postern') {
    const { code, stdout, stderr } = await runCommand(rest, { databaseUrl: database.url, cwd: project.folder })
    expect({ line, code, stderr }).toEqual({ line, code: 0, stderr: '' })
    return stdout
  }
  const command = line.replaceAll('http://localhost:13000', server.url)
  return (await run('bash', ['-c', command.replace('curl -s', 'curl -sS --fail')])).stdout
}

/** `From here on plugins/hello is the plugin of the example`, and the one beside it. */
async function copyExample(): Promise<void> {
  for (const name of ['hello', 'welcome'])
    await cp(path.join(examples, name), path.join(project.folder, 'plugins', name), { recursive: true })
  await eventually(async () => (await fetch(`${server.url}/hello/rings`)).status === 200)
}

function compare({ language, text }: GuideBlock, output: string): void {
  if (language === 'json') return expect(JSON.parse(output)).toEqual(JSON.parse(text))
  const lines = text.trim().split('\n')
  for (const line of lines) {
    const parts = line.split('…').map((part) => part.trim().replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    expect(output).toMatch(new RegExp(parts.join('.*')))
  }
}

describe('the commands in the guide', () => {
  const outputs = new Map<string, string>()

  it('do what the guide says, one after the other', async () => {
    let output = ''
    for (const block of blocks) {
      if (block.heading === 'Actions' && !outputs.has('copied')) {
        await copyExample()
        outputs.set('copied', '')
      }
      if (block.language === 'bash') {
        for (const line of block.text.trim().split('\n')) outputs.set(line, (output = await type(line)))
      } else if (block.language === 'json' || block.language === 'text') compare(block, output)
    }
    expect(outputs.get('npx postern plugin info hello')).toContain('greetings:shout')
  }, 180_000)

  it('show the page of the plugin, also where it was compiled on the way', async () => {
    const page = await fetch(`${server.url}/hello/`)
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('<h1>Hello</h1>')])
  })
})

describe('the packed plugin', () => {
  it('is JavaScript, can be imported by another, and serves as it did in source', async () => {
    const folder = path.join(project.folder, 'plugins', 'hello')
    const packed = await run('npm', ['pack', '--pack-destination', project.folder], { cwd: folder })
    const archive = path.join(project.folder, packed.stdout.trim().split('\n').at(-1) ?? '')
    const names = (await run('tar', ['-tzf', archive])).stdout.trim().split('\n')
    expect(names).toEqual(
      expect.arrayContaining(
        ['dist/index.js', 'dist/index.d.ts', 'public/index.html'].map((name) => `package/${name}`),
      ),
    )
    expect(names.filter((name) => name.startsWith('package/test/'))).toEqual([])
    expect(JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8')).main).toBe('src/index.ts')

    const installed = path.join(project.folder, 'node_modules', 'postern-plugin-hello')
    await mkdir(installed, { recursive: true })
    await run('tar', ['-xzf', archive, '-C', installed, '--strip-components=1'])
    expect(JSON.parse(await readFile(path.join(installed, 'package.json'), 'utf8')).main).toBe('dist/index.js')
    await type('npx postern plugin disable hello --cascade')
    await rm(folder, { recursive: true })
    const importing = `import { Greeter } from 'postern-plugin-hello'; console.log(Greeter.id)`
    await project.write('import.mjs', importing)
    expect((await run(process.execPath, ['import.mjs'], { cwd: project.folder })).stdout).toBe('hello/greeter\n')
    await type('npx postern plugin enable hello')
    expect(await type('curl -s "http://localhost:13000/api/hello:greet?name=Ann"')).toBe(
      '{"data":{"message":"Hello, Ann!"}}',
    )
    expect(await type('curl -s http://localhost:13000/hello/')).toContain('<h1>Hello</h1>')
  }, 120_000)
})
