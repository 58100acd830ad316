import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { DockerComposeEnvironment, Wait } from 'testcontainers'
import { expect } from 'vitest'
import { run } from './run.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

const ENVIRONMENT = {
  // Apart from the ports of a cluster that somebody uses on this machine.
  RENDEZVOUS_BASE_PORT: '2700',
  RENDEZVOUS_SIDECAR_BASE_PORT: '2701',
  PROMETHEUS_PORT: '27020',
  RENDEZVOUS_DRAIN_SECONDS: '5'
}

const SERVICES = ['front-0', 'front-1', 'front-2'] as const

export type FrontService = (typeof SERVICES)[number]

export interface NodeStatus {
  peerId: string
  multiaddrs: string[]
  connections: number
  store: { up: boolean }
}

/** The cluster of `docker-compose.yml`, as an operator starts it, under a name of its own. */
export class ComposeCluster {
  readonly services = SERVICES
  readonly #project: string
  readonly #down: () => Promise<unknown>

  private constructor(project: string, down: () => Promise<unknown>) {
    this.#project = project
    this.#down = down
  }

  static async start(): Promise<ComposeCluster> {
    const project = `rendezvous-${randomUUID().slice(0, 8)}`
    const healthy = [...SERVICES, 'redis', 'prometheus']
    const environment = new DockerComposeEnvironment(ROOT, 'docker-compose.yml')
      .withProjectName(project)
      .withEnvironment(ENVIRONMENT)
      .withBuild()
      .withWaitStrategy('secrets-1', Wait.forOneShotStartup())

    for (const service of healthy) {
      environment.withWaitStrategy(`${service}-1`, Wait.forHealthCheck())
    }

    const started = await environment.up()

    return new ComposeCluster(project, () => started.down({ removeVolumes: true, timeout: 0 }))
  }

  async stop(): Promise<void> {
    await this.#down()
  }

  /** Runs `docker <verb>` on a service's container, such as kill, pause, start. */
  async docker(verb: string, service: string, ...args: string[]): Promise<string> {
    return run('docker', [verb, ...args, this.#container(service)])
  }

  /** `docker compose …` as an operator types it. */
  async compose(...args: string[]): Promise<string> {
    const env = Object.entries(ENVIRONMENT).map(([name, value]) => `${name}=${value}`)

    return run(
      'env',
      [...env, 'docker', 'compose', '--project-directory', ROOT].concat(
        ['--project-name', this.#project],
        args
      )
    )
  }

  async disconnect(service: string, network: string): Promise<void> {
    await run('docker', ['network', 'disconnect', this.#network(network), this.#container(service)])
  }

  /** Under the name that others know it by, which Docker forgets at a disconnect. */
  async reconnect(service: string, network: string): Promise<void> {
    await run(
      'docker',
      ['network', 'connect', '--alias', service].concat(
        this.#network(network),
        this.#container(service)
      )
    )
  }

  async status(service: FrontService): Promise<NodeStatus> {
    const response = await fetch(`${this.#sidecar(service)}/api/v1/node`)

    return (await response.json()) as NodeStatus
  }

  /** The status page, and what it loads: status codes by address. */
  async page(service: FrontService): Promise<Record<string, number>> {
    const url = `${this.#sidecar(service)}/`
    const page = await fetch(url)
    const assets = [...(await page.text()).matchAll(/(?:src|href)="(assets\/[^"]+)"/g)]
    const answers = assets.map(async ([, path = '']) => {
      const { status } = await fetch(new URL(path, url))

      return [path.replace(/\?.*/, ''), status]
    })

    return { '/': page.status, ...Object.fromEntries(await Promise.all(answers)) }
  }

  /** The address that a node announces. */
  async point(service: FrontService): Promise<string> {
    return (await this.status(service)).multiaddrs[0] as string
  }

  async untilHealthy(service: string): Promise<void> {
    const format = '{{.State.Health.Status}}'

    await expect
      .poll(async () => (await this.docker('inspect', service, '--format', format)).trim())
      .toBe('healthy')
  }

  /** The answer of Prometheus to one query, by the target's name. */
  async query(expression: string): Promise<Record<string, number>> {
    const url = `http://127.0.0.1:${ENVIRONMENT.PROMETHEUS_PORT}/api/v1/query`
    const response = await fetch(`${url}?query=${encodeURIComponent(expression)}`)
    const { data } = (await response.json()) as {
      data: { result: { metric: { instance?: string }; value: [number, string] }[] }
    }

    return Object.fromEntries(
      data.result.map(({ metric, value }) => [metric.instance ?? '', Number(value[1])])
    )
  }

  /** Names of the alerts that are firing, with the target each is about. */
  async firing(): Promise<string[]> {
    const response = await fetch(`http://127.0.0.1:${ENVIRONMENT.PROMETHEUS_PORT}/api/v1/alerts`)
    const { data } = (await response.json()) as {
      data: { alerts: { state: string; labels: { alertname: string; instance?: string } }[] }
    }

    return data.alerts
      .filter(({ state }) => state === 'firing')
      .map(({ labels }) => `${labels.alertname} ${labels.instance ?? ''}`.trim())
  }

  #container(service: string): string {
    return `${this.#project}-${service}-1`
  }

  #network(name: string): string {
    return `${this.#project}_${name}`
  }

  #sidecar(service: FrontService): string {
    return `http://127.0.0.1:${ENVIRONMENT.RENDEZVOUS_SIDECAR_BASE_PORT}${SERVICES.indexOf(service)}`
  }
}
