import { execFile, spawn } from 'node:child_process'
import fs from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { bundlePage } from './bundle-page.mjs'

/** What takes less than this, a small build or a wait for another, says nothing. */
const QUIET_MS = 500
const LOCK_POLL_MS = 50
const HEARTBEAT_MS = 1000

/** A lock not refreshed for so long is nobody's, even if its owner's process id is in use again. */
const LOCK_STALE_MS = 10000

/**
 * Compiles what has changed, and bundles the status page, one build per checkout at a time. Progress and errors go to standard
 * error, because the programs started afterwards print JSON on standard output.
 *
 * @returns whether the project compiles
 */
export async function build(root) {
  const compiler = join(root, 'node_modules/typescript/bin/tsc')

  if (!fs.existsSync(compiler)) {
    console.error('The compiler is not installed: run `npm ci` first.')
    return false
  }

  const lock = await takeLock(join(root, 'node_modules/.cache/rendezvous/build'))

  try {
    const compiled = (await isUpToDate(root, compiler)) || (await compile(root, compiler, lock))

    return compiled && (await bundlePage(root))
  } finally {
    lock.release()
  }
}

/** Whether the compiler would do nothing: asked first, only it knows whether it compiles or looks around. */
async function isUpToDate(root, compiler) {
  try {
    const args = [compiler, '-b', '--dry', '--pretty', 'false']
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root })
    const lines = stdout.split('\n').filter((line) => line.trim() !== '')

    return lines.length > 0 && lines.every((line) => line.trimEnd().endsWith(' is up to date'))
  } catch {
    // It says why when it compiles.
    return false
  }
}

async function compile(root, compiler, lock) {
  const startedAtMs = Date.now()
  const pretty = process.stderr.isTTY ? ['--pretty'] : []
  const child = spawn(process.execPath, [compiler, '-b', ...pretty], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe']
  })
  const output = []
  let announced = false

  lock.alsoHeldBy(child.pid)
  child.stdout.on('data', (chunk) => output.push(chunk))
  child.stderr.on('data', (chunk) => output.push(chunk))

  const announcement = setTimeout(() => {
    announced = true
    process.stderr.write('Compiling… ')
  }, QUIET_MS)

  const succeeded = await new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve(code === 0))
  })

  clearTimeout(announcement)

  if (announced) {
    const seconds = ((Date.now() - startedAtMs) / 1000).toFixed(1)
    process.stderr.write(`${succeeded ? 'done' : 'failed'} in ${seconds} s\n`)
  }

  process.stderr.write(Buffer.concat(output))
  return succeeded
}

/**
 * The lock is a directory of numbered files, and its owner is whoever created the highest number.
 * The next number may be created once the highest one is free or its owner is dead. Two processes
 * that find the same dead owner thus cannot both take over, which they could if a stale lock were
 * removed and made again.
 */
async function takeLock(directory) {
  const waitingSinceMs = Date.now()
  let announced = false

  try {
    fs.mkdirSync(directory, { recursive: true })
    fs.accessSync(directory, fs.constants.W_OK)
  } catch {
    // The checkout is somebody else's. If it is up to date, the compiler writes nothing either.
    return { alsoHeldBy: () => {}, release: () => {} }
  }

  for (;;) {
    const highest = highestIn(directory)

    if (highest === 0 || isFree(join(directory, String(highest)))) {
      const lock = tryToCreate(directory, highest + 1)

      if (lock !== undefined) {
        return lock
      }
    }

    if (!announced && Date.now() - waitingSinceMs > QUIET_MS) {
      announced = true
      process.stderr.write('Waiting for another build of this checkout…\n')
    }

    await delay(LOCK_POLL_MS)
  }
}

function tryToCreate(directory, number) {
  const file = join(directory, String(number))

  try {
    fs.writeFileSync(file, String(process.pid), { flag: 'wx' })
  } catch (err) {
    if (err.code === 'EEXIST') {
      return undefined
    }

    throw err
  }

  // The directory may have moved on between reading it and creating the file.
  if (highestIn(directory) !== number) {
    return undefined
  }

  for (const lower of numbersIn(directory).filter((other) => other < number)) {
    fs.rmSync(join(directory, String(lower)), { force: true })
  }

  // Should the file be gone, someone took this process for dead: there is nothing left to refresh.
  const heartbeat = setInterval(() => {
    fs.utimes(file, new Date(), new Date(), () => {})
  }, HEARTBEAT_MS)

  return {
    /** A compiler outlives a builder that is killed: the lock is held until both have ended. */
    alsoHeldBy: (pid) => fs.writeFileSync(file, `${process.pid} ${pid}`),
    release: () => {
      clearInterval(heartbeat)
      fs.writeFileSync(file, 'free')
    }
  }
}

function isFree(file) {
  try {
    const owners = fs.readFileSync(file, 'utf8')

    if (owners === 'free' || Date.now() - fs.statSync(file).mtimeMs > LOCK_STALE_MS) {
      return true
    }

    // An empty file has just been created by someone who is about to write to it.
    return owners !== '' && !owners.split(' ').map(Number).some(isAlive)
  } catch {
    // Its owner's successor has removed it.
    return false
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (err) {
    return err.code === 'EPERM'
  }
}

function numbersIn(directory) {
  return fs.readdirSync(directory).map(Number).filter(Number.isInteger)
}

function highestIn(directory) {
  return Math.max(0, ...numbersIn(directory))
}
