/**
 * Starts what the npm scripts start: `node scripts/launch.mjs [--build] [<file> [args…]]`.
 *
 * The project needs a newer Node than many systems have. This file therefore loads on Node 18 too,
 * and hands over to the Node that the npm package `node` installs where the running one is too old.
 * Otherwise the program runs in this process. With `--build` the project is compiled first.
 */
import { spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const PARENT_CHECK_INTERVAL_MS = 500

const self = fileURLToPath(import.meta.url)
const root = resolve(self, '../..')
const installedNode = resolve(root, 'node_modules/.bin/node')
const required = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8')).engines.node

const args = process.argv.slice(2)

if (args[0] === '--parent') {
  endWithParent(Number(args[1]))
  args.splice(0, 2)
} else if (process.env.npm_lifecycle_event !== undefined) {
  endWithParent(process.ppid)
}

if (isNewEnough(process.version)) {
  await runHere()
} else if (isNewEnough(versionOf(installedNode))) {
  runUnder(installedNode)
} else {
  console.error(
    `Node ${process.version} is too old, ${required} is needed: install it (https://nodejs.org), ` +
      'or run `npm ci` without --ignore-scripts, which fetches a copy for this checkout.'
  )
  process.exitCode = 1
}

/** Whether a version such as "v22.22.0" satisfies `engines.node`, written like ">=22.22". */
function isNewEnough(version) {
  const [major, minor] = numbersIn(version)
  const [majorMin, minorMin] = numbersIn(required)

  return major > majorMin || (major === majorMin && minor >= minorMin)
}

function numbersIn(version) {
  return (version.match(/\d+/g) || []).map(Number)
}

/** The version that a Node binary reports; empty if it is missing or made for another system. */
function versionOf(node) {
  return spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout || ''
}

/** Runs the program in this process: signals, exit code and standard streams are its own. */
async function runHere() {
  if (args[0] === '--build') {
    const { build } = await import('./build.mjs')

    args.shift()

    if (!(await build(root))) {
      process.exit(1)
    }
  }

  if (args.length > 0) {
    const file = resolve(args[0])

    process.argv = [process.execPath, file, ...args.slice(1)]
    await import(pathToFileURL(file).href)
  }
}

/** Runs this launcher again under another Node and passes signals down, exit code or signal up. */
function runUnder(node) {
  const child = spawn(node, [self, '--parent', String(process.pid), ...args], { stdio: 'inherit' })
  const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP']

  for (const signal of forwarded) {
    process.on(signal, () => child.kill(signal))
  }

  child.on('error', (err) => {
    console.error(`${node} could not be started: ${err.message}`)
    process.exitCode = 1
  })

  child.on('exit', (code, signal) => {
    if (signal === null) {
      process.exit(code)
    }

    for (const name of forwarded) {
      process.removeAllListeners(name)
    }

    process.exitCode = 128 + constants.signals[signal]
    process.kill(process.pid, signal)
  })
}

/**
 * Ends this process soon after the one that started it. npm and the launcher pass signals on, but a
 * SIGKILL cannot be passed on, and a front node left behind would keep its ports. Looking at the
 * parent's id needs no channel between the two, over which the program could stumble.
 */
function endWithParent(parent) {
  const timer = setInterval(() => {
    if (process.ppid !== parent) {
      clearInterval(timer)
      process.kill(process.pid, 'SIGTERM')
    }
  }, PARENT_CHECK_INTERVAL_MS)

  timer.unref()
}
