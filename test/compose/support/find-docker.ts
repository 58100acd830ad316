import { run } from './run.ts'

export interface DockerEngine {
  kind: 'engine'
  description: string
}

export interface NoDocker {
  kind: 'none'
  reason: string
  install: string
}

export type DockerSource = DockerEngine | NoDocker

const INSTALL =
  'a Docker engine with the Compose plugin: https://docs.docker.com/engine/install, and start it'

/** What runs containers here: a Docker engine that answers, with Compose 2. */
export async function findDocker(): Promise<DockerSource> {
  try {
    const engine = await run('docker', ['version', '--format', '{{.Server.Version}}'])
    const compose = await run('docker', ['compose', 'version', '--short'])

    return { kind: 'engine', description: `engine ${engine.trim()}, Compose ${compose.trim()}` }
  } catch (error) {
    const [reason = ''] = (error as Error).message.trim().split('\n').slice(-1)

    return { kind: 'none', reason, install: INSTALL }
  }
}
