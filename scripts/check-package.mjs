// Packs the client, installs it into an empty project as an application would, and runs the first
// example of its README in two processes, with a front node of this checkout: each has to receive
// what the other says.
import { execFileSync, spawn } from 'node:child_process'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const PACKAGES = ['client', 'wire', 'rendezvous']
const WITHIN_MS = 60_000

const root = fileURLToPath(new URL('..', import.meta.url))
const project = fs.mkdtempSync(join(tmpdir(), 'rendezvous-package-'))
const started = []

try {
  install()
  await runExample()
} finally {
  for (const { child } of started) {
    child.kill('SIGKILL')
  }

  fs.rmSync(project, { recursive: true, force: true })
}

function install() {
  const workspaces = PACKAGES.map((name) => `--workspace=libs/${name}`)

  say('packing')
  npm(root, 'pack', '--silent', `--pack-destination=${project}`, ...workspaces)

  const tarballs = fs.globSync('*.tgz', { cwd: project }).map((name) => `./${name}`)

  fs.writeFileSync(join(project, 'package.json'), '{ "private": true }\n')
  say('installing into an empty project')
  npm(project, 'install', '--silent', '--no-audit', '--no-fund', ...tarballs, ...others())
}

/** What the README tells to install besides the client. */
function others() {
  const [, packages] = /^npm install @rendezvous-cluster\/client (.*)$/m.exec(readme(root)) ?? []

  return packages.split(' ')
}

async function runExample() {
  const installed = join(project, 'node_modules/@rendezvous-cluster/client/README.md')
  const [, example] = /^```ts\n(.*?)^```/ms.exec(fs.readFileSync(installed, 'utf8')) ?? []
  const readyFile = join(project, 'ready.json')

  fs.writeFileSync(join(project, 'peer.mjs'), example)
  say('starting a front node')
  start(join(root, 'apps/cli/dist/main.js'), 'serve', '--listen=/ip4/127.0.0.1/tcp/0', [
    '--sidecar=127.0.0.1:0',
    `--ready-file=${readyFile}`
  ])
  await until(() => fs.existsSync(readyFile), 'the front node serves')

  const [address] = JSON.parse(fs.readFileSync(readyFile, 'utf8')).multiaddrs
  const peers = [start('peer.mjs', address), start('peer.mjs', address)]

  say('running the example of the README twice')
  await until(
    () => peers.every(({ stdout }) => /^hello from 12D3/m.test(stdout)),
    'each peer has received what the other says'
  )
  say('each has received what the other says: ok')
}

function start(...args) {
  const child = spawn(process.execPath, args.flat(), { cwd: project, stdio: 'pipe' })
  const running = { child, stdout: '', stderr: '' }

  child.stdout.on('data', (chunk) => {
    running.stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    running.stderr += chunk
  })
  started.push(running)

  return running
}

async function until(isTrue, what) {
  const deadlineMs = Date.now() + WITHIN_MS

  while (!isTrue()) {
    const dead = started.find(({ child }) => child.exitCode != null)

    if (dead != null || Date.now() > deadlineMs) {
      const said = started.map(({ stdout, stderr }) => `${stdout}${stderr}`).join('\n---\n')

      throw new Error(`not so: ${what}\n${said}`)
    }

    await delay(50)
  }
}

function npm(cwd, ...args) {
  execFileSync('npm', args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] })
}

function readme(folder) {
  return fs.readFileSync(join(folder, 'libs/client/README.md'), 'utf8')
}

function say(text) {
  console.log(`package: ${text}`)
}
