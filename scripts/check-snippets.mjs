// Type-checks what people paste: TypeScript blocks of README files and guides, and the examples in
// the libraries' index files. Each is a module of its own, as a reader would save it.
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = join(root, 'node_modules/.cache/rendezvous/snippets')

const sources = [
  ...fs.globSync('{README,ARCHITECTURE}.md', { cwd: root }),
  ...fs.globSync('{docs,libs,apps,examples,deploy}/**/*.md', {
    cwd: root,
    exclude: (path) => path === 'node_modules'
  }),
  ...fs.globSync('libs/*/src/index.ts', { cwd: root })
]

fs.rmSync(folder, { recursive: true, force: true })
fs.mkdirSync(folder, { recursive: true })

for (const source of sources) {
  const text = fs.readFileSync(join(root, source), 'utf8').replace(/^ \* ?/gm, '')

  for (const [index, match] of [...text.matchAll(/^```ts\n(.*?)^```/gms)].entries()) {
    const line = text.slice(0, match.index).split('\n').length
    const name = `${source.replaceAll(/[/.]/g, '-')}-${index}-line-${line}.ts`

    // Without an import or export TypeScript takes it for a script, whose names are everybody's.
    fs.writeFileSync(join(folder, name), `${match[1]}\nexport {}\n`)
  }
}

const config = {
  extends: join(root, 'tsconfig.base.json'),
  compilerOptions: { composite: false, declaration: false, declarationMap: false, noEmit: true },
  include: ['*.ts']
}

fs.writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))

const compiler = join(root, 'node_modules/typescript/bin/tsc')
const { status } = spawnSync(process.execPath, [compiler, '-p', folder], { stdio: 'inherit' })

if (status === 0) {
  console.log(`${fs.readdirSync(folder).length - 1} snippets compile.`)
}

process.exit(status ?? 1)
