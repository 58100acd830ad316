import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  availableOrNone,
  buildOnce,
  type FoundPeerProgram,
  lastLine,
  type PeerProgram,
  runBuildStep,
  sourcesOf,
  UnavailableError
} from './peer-program.ts'

const CHECK = 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))'
const INSTALL =
  'sudo apt-get install python3-venv python3-dev gcc libc6-dev libgmp-dev, ' +
  'or name another Python in RENDEZVOUS_TEST_PYTHON'

/**
 * The program in `test/interop/py-libp2p`, in an environment with the packages it demands, made
 * where those have changed.
 *
 * @throws Error under CI if it cannot be made here
 */
export async function findPyProgram(): Promise<FoundPeerProgram> {
  return availableOrNone(pyProgram)
}

async function pyProgram(): Promise<PeerProgram> {
  const environment = await buildOnce({
    name: 'py-peer',
    sources: sourcesOf('py-libp2p'),
    isSource: (path) => path === 'requirements.txt',
    make
  })

  return {
    kind: 'program',
    file: join(environment, 'bin', 'python'),
    args: [join(sourcesOf('py-libp2p'), 'peer.py')]
  }
}

async function make(target: string, cwd: string): Promise<void> {
  const python = process.env.RENDEZVOUS_TEST_PYTHON || 'python3'

  try {
    await runBuildStep(python, ['-c', CHECK], { cwd })
  } catch {
    throw new UnavailableError(`${python} is no Python 3.10 or later with venv`, INSTALL)
  }

  await runBuildStep(python, ['-m', 'venv', target], { cwd })

  try {
    // Complete, and without what resolving anew would change from one day to the next.
    const install = ['-m', 'pip', 'install', '--no-deps', '--requirement', 'requirements.txt']

    await runBuildStep(join(target, 'bin', 'python'), install, { cwd })
  } catch (error) {
    throw new UnavailableError(
      `the Python packages cannot be installed: ${lastLine(error)}`,
      INSTALL
    )
  }
}

/** What `requirements.txt` says, for example `0.8.1`. */
export async function pyPackageVersion(name: string): Promise<string> {
  const text = await readFile(`${sourcesOf('py-libp2p')}requirements.txt`, 'utf8')
  const line = text.split('\n').find((requirement) => requirement.startsWith(`${name}==`))

  return line?.split('==')[1] ?? 'unknown'
}
