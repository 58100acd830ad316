// Releases all packages and the image as one version: looks whether they may be, and says what it would do. `--publish` does it.
import { execFileSync, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { imageVersionProblems } from './release/image-versions.ts'

/** Nobody's registry: `--image` names the one that is pushed to. */
const IMAGE = 'registry.example.org/rendezvous-cluster'

const root = resolve(fileURLToPath(new URL('..', import.meta.url)))
const { values } = parseArgs({
  options: {
    publish: { type: 'boolean', default: false },
    image: { type: 'string', default: IMAGE }
  }
})
const { version, workspaces } = readPackage('.')
const image = `${values.image}:${version}`
const tag = `v${version}`
const revision = git('rev-parse', 'HEAD')

/** In the order in which they need each other. */
const packages = workspaces.filter((folder) => !readPackage(folder).private)
const problems = [
  ...versionProblems(),
  ...imageVersionProblems(root, version),
  ...changelogProblems(),
  ...programProblems()
]

for (const folder of packages) {
  say(`checking ${folder}`)
  problems.push(...checkPackage(folder))
}

if (values.publish) {
  problems.push(...treeProblems(), ...tagProblems(), ...imageProblems())
}

if (problems.length > 0) {
  console.error(`\nnot released:\n${problems.map((problem) => `- ${problem}`).join('\n')}`)
  process.exit(1)
}

// What can fail comes before what cannot be taken back. A second run goes on where the first has ended.
act('docker', [
  'build',
  '--file=deploy/docker/Dockerfile',
  `--build-arg=VERSION=${version}`,
  `--build-arg=REVISION=${revision}`,
  `--tag=${image}`,
  '.'
])
act('docker', ['push', image])

for (const folder of packages.filter((folder) => !isPublished(folder))) {
  act('npm', ['publish', `--workspace=${folder}`, '--access=public'])
}

if (taggedRevision() === '') {
  act('git', ['tag', '--annotate', tag, `--message=${tag}`])
}

act('git', ['push', 'origin', tag])
say(
  values.publish
    ? `released ${version}`
    : `${version} may be released: --publish --image <registry>/rendezvous-cluster does it`
)

function versionProblems() {
  return workspaces.flatMap((folder) => {
    const { name, version: own, dependencies = {} } = readPackage(folder)
    const others = Object.entries(dependencies).filter(
      ([dependency, range]) => dependency.startsWith('@rendezvous-cluster/') && range !== version
    )

    return [
      ...(own === version ? [] : [`${name} is of version ${own}, and the project of ${version}`]),
      ...others.map(([dependency, range]) => `${name} takes ${dependency} ${range}, not ${version}`)
    ]
  })
}

function changelogProblems() {
  const text = fs.readFileSync(join(root, 'CHANGELOG.md'), 'utf8')

  return text.includes(`\n## ${version}`) ? [] : [`CHANGELOG.md says nothing of ${version}`]
}

/** What the command line says, and so `rendezvous_build_info`, which has it from the same place. */
function programProblems() {
  const said = execFileSync(process.execPath, ['apps/cli/dist/main.js', '--version'], {
    cwd: root,
    encoding: 'utf8'
  }).trim()

  return said === version ? [] : [`rendezvous --version says ${said}, not ${version}`]
}

function treeProblems() {
  return git('status', '--porcelain') === ''
    ? []
    : ['the working tree has changes that are not committed']
}

function tagProblems() {
  return ['', revision].includes(taggedRevision()) ? [] : [`${tag} is another commit than this one`]
}

function imageProblems() {
  return values.image === IMAGE
    ? ['nobody says where the image goes: --image <registry>/rendezvous-cluster']
    : []
}

/** The commit that has the tag; empty where none has it. */
function taggedRevision() {
  return git('for-each-ref', '--format=%(*objectname)', `refs/tags/${tag}`)
}

/** Whether an earlier run got as far. Only `--publish` asks the registry. */
function isPublished(folder) {
  if (!values.publish) {
    return false
  }

  const { name } = readPackage(folder)
  const asked = ['view', `${name}@${version}`, 'version', '--json']
  const { status, stdout, stderr } = spawnSync('npm', asked, { cwd: root, encoding: 'utf8' })

  if (status !== 0 && !`${stdout}${stderr}`.includes('E404')) {
    throw new Error(`npm ${asked.join(' ')} says\n${stdout}${stderr}`)
  }

  const isThere = status === 0 && stdout.trim() !== ''

  if (isThere) {
    say(`${name} ${version} is published already`)
  }

  return isThere
}

/** Whether Node, bundlers and TypeScript find all that a package says it has. */
function checkPackage(folder) {
  const { name, exports, bin } = readPackage(folder)
  const checks = [['publint', '--strict', folder]]

  // A command has no types.
  if (exports != null && bin == null) {
    checks.push(['attw', '--pack', folder, '--profile', 'esm-only', '--no-emoji'])
  }

  return checks.flatMap(([program, ...args]) => {
    const { status, stdout, stderr } = spawnSync(join(root, 'node_modules/.bin', program), args, {
      cwd: root,
      encoding: 'utf8'
    })

    return status === 0 ? [] : [`${name}: ${program} says\n${stdout}${stderr}`]
  })
}

function act(program, args) {
  say(`${values.publish ? '' : 'would run: '}${program} ${args.join(' ')}`)

  if (values.publish) {
    execFileSync(program, args, { cwd: root, stdio: 'inherit' })
  }
}

/** Also in a checkout that is somebody else's. */
function git(...args) {
  return execFileSync('git', ['-c', `safe.directory=${root}`, ...args], {
    cwd: root,
    encoding: 'utf8'
  }).trim()
}

function readPackage(folder) {
  return JSON.parse(fs.readFileSync(join(root, folder, 'package.json'), 'utf8'))
}

function say(line) {
  console.log(line)
}
