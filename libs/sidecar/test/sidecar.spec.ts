import { beforeEach, describe, expect, it } from 'vitest'
import { PrometheusMetrics } from '../src/prometheus-metrics.ts'
import {
  type ClusterStatus,
  createSidecar,
  type NodeStatus,
  type SidecarInit
} from '../src/sidecar.ts'
import { sampleOverview } from './sample-overview.ts'

const status: NodeStatus = {
  peerId: '12D3KooW',
  multiaddrs: ['/ip4/127.0.0.1/tcp/1/p2p/12D3KooW'],
  listening: ['/ip4/10.0.0.1/tcp/60000/p2p/12D3KooWTest'],
  sidecar: 'http://127.0.0.1:8008',
  version: '1.2.3',
  protocols: ['waku'],
  uptimeSeconds: 7,
  connections: 3,
  draining: false,
  store: { kind: 'redis', up: false }
}

const cluster: ClusterStatus = {
  nodes: [
    {
      peerId: '12D3KooW',
      multiaddrs: status.multiaddrs,
      version: '1.2.3',
      draining: false,
      uptimeSeconds: 7,
      self: true
    }
  ]
}

const overview = sampleOverview({
  registrations: 12,
  namespaces: 3,
  p50Ms: 1.2,
  p99Ms: 7.8,
  requests: [{ protocol: 'waku', type: 'register', status: 'OK', perSecond: 4.5 }],
  store: { ...status.store, operationsPerSecond: 9, errors: [] }
})

describe('the sidecar', () => {
  let isReady: boolean
  let metrics: PrometheusMetrics
  let sidecar: ReturnType<typeof createSidecar>

  beforeEach(() => {
    isReady = true
    metrics = new PrometheusMetrics({ version: '1.2.3', connections: () => 3 })
    sidecar = createSidecar(init())
  })

  function init(): SidecarInit {
    return {
      metrics,
      node: () => status,
      cluster: () => cluster,
      status: () => overview,
      isReady: () => isReady
    }
  }

  it('is alive and ready while the store is down', async () => {
    expect((await sidecar.inject('/livez')).statusCode).toBe(200)
    expect((await sidecar.inject('/readyz')).statusCode).toBe(200)
  })

  it('is alive but not ready while the node starts or drains', async () => {
    isReady = false

    expect((await sidecar.inject('/livez')).statusCode).toBe(200)
    expect((await sidecar.inject('/readyz')).statusCode).toBe(503)
  })

  it('tells why on /readyz?verbose', async () => {
    const { statusCode, body } = await sidecar.inject('/readyz?verbose')

    expect(statusCode).toBe(200)
    expect(JSON.parse(body)).toEqual({
      ready: true,
      draining: false,
      store: { kind: 'redis', up: false }
    })
  })

  it('tells what the node is at /api/v1/node', async () => {
    expect(JSON.parse((await sidecar.inject('/api/v1/node')).body)).toEqual(status)
  })

  it('tells which nodes the cluster has at /api/v1/cluster', async () => {
    expect(JSON.parse((await sidecar.inject('/api/v1/cluster')).body)).toEqual(cluster)
  })

  it('tells what the cluster is doing at /api/v1/status', async () => {
    expect(JSON.parse((await sidecar.inject('/api/v1/status')).body)).toEqual(overview)
  })

  it('tells of no namespace at /api/v1/namespaces, unless the operator has named some', async () => {
    const shown = [{ namespace: 'news', registrations: 7 }]
    const showing = createSidecar({ ...init(), namespaces: async () => shown })

    expect((await sidecar.inject('/api/v1/namespaces')).json()).toEqual({ namespaces: [] })
    expect((await showing.inject('/api/v1/namespaces')).json()).toEqual({ namespaces: shown })
  })

  it('answers 503 at /api/v1/namespaces while the store is down', async () => {
    const showing = createSidecar({
      ...init(),
      namespaces: () => Promise.reject(new Error('the store is away'))
    })
    const response = await showing.inject('/api/v1/namespaces')

    expect(response.statusCode).toBe(503)
    expect(response.json()).toEqual({ error: 'the store is away' })
  })

  it('counts for the figures of its cluster what it counts for Prometheus', async () => {
    const request = { protocol: 'waku', type: 'discover', status: 'OK' } as const

    metrics.request({ ...request, seconds: 0.002 })
    metrics.request({ ...request, seconds: 0.02 })
    metrics.request({ protocol: 'libp2p', type: 'register', status: 'OK', seconds: 0.002 })
    metrics.rejected('malformed')
    metrics.streams(2)

    metrics.operation('put', 0.002)
    metrics.operation('sample', 60)
    metrics.storeError('timeout')
    metrics.namespaceRead('changes')
    metrics.copyWithoutRoom()
    metrics.copies(() => ({ registrations: 6, bytes: 700 }))

    const { durations, rejected, storeDurations, storeErrors, ...totals } = await metrics.totals()

    expect(totals).toEqual({
      connections: 3,
      streams: 2,
      requests: [
        { ...request, count: 2 },
        { protocol: 'libp2p', type: 'register', status: 'OK', count: 1 }
      ],
      storeOperations: 2
    })
    expect(new Map(storeDurations).get(0.0025)).toBe(1)
    expect(new Map(storeDurations).get(5)).toBe(1)
    expect(storeErrors.filter(({ count }) => count > 0)).toEqual([{ kind: 'timeout', count: 1 }])
    expect(new Map(durations).get(0.0025)).toBe(2)
    expect(new Map(durations).get(5)).toBe(3)
    expect(rejected.filter(({ count }) => count > 0)).toEqual([{ reason: 'malformed', count: 1 }])
  })

  it('answers 404 elsewhere and shows nothing of itself', async () => {
    const { statusCode, body } = await sidecar.inject('/../../etc/passwd')

    expect(statusCode).toBe(404)
    expect(body).not.toContain('node_modules')
  })

  it('serves what was counted, by the documented names', async () => {
    metrics.request({
      protocol: 'waku',
      type: 'discover',
      status: 'OK',
      seconds: 0.002,
      results: 7
    })
    metrics.rejected('malformed')
    metrics.policyRefused('ttl')
    metrics.streams(2)
    metrics.connectionsMax(800)
    metrics.verifyCache('hit')
    metrics.storeUp(true)
    metrics.storeError('timeout')
    metrics.namespaceRead('changes')
    metrics.copyWithoutRoom()
    metrics.copies(() => ({ registrations: 6, bytes: 700 }))
    metrics.operation('put', 0.001)
    metrics.cluster({ registrations: 5, namespaces: 2 })

    const { body, headers } = await sidecar.inject('/metrics')

    expect(headers['content-type']).toContain('text/plain')

    for (const line of [
      'rendezvous_requests_total{protocol="waku",type="discover",status="OK"} 1',
      'rendezvous_request_duration_seconds_count{protocol="waku",type="discover"} 1',
      'rendezvous_discover_results_sum 7',
      'rendezvous_rejected_total{reason="malformed"} 1',
      'rendezvous_rejected_total{reason="policy-ttl"} 1',
      'rendezvous_streams 2',
      'rendezvous_connections 3',
      'rendezvous_connections_max 800',
      'rendezvous_verify_cache_total{result="hit"} 1',
      'rendezvous_store_up 1',
      'rendezvous_store_errors_total{kind="timeout"} 1',
      'rendezvous_store_operation_duration_seconds_count{operation="put"} 1',
      'rendezvous_namespace_reads_total{read="changes"} 1',
      'rendezvous_copies_without_room_total 1',
      'rendezvous_copied_registrations 6',
      'rendezvous_copied_bytes 700',
      'rendezvous_cluster_registrations 5',
      'rendezvous_cluster_namespaces 2',
      `rendezvous_build_info{version="1.2.3",node="${process.version}"} 1`
    ]) {
      expect(body.split('\n')).toContain(line)
    }

    expect(body).toContain('nodejs_eventloop_lag_seconds')
  })

  it('tells of the policy file how it was read last, and since when it applies', async () => {
    const told = async () =>
      (await sidecar.inject('/metrics')).body
        .split('\n')
        .filter((line) => /^rendezvous_policy_/.test(line))

    expect(await told()).toEqual([
      'rendezvous_policy_reloads_total{result="applied"} 0',
      'rendezvous_policy_reloads_total{result="refused"} 0',
      'rendezvous_policy_last_reload_successful 1',
      'rendezvous_policy_last_reload_success_timestamp_seconds 0'
    ])

    metrics.policyRead(1_764_000_000_500)
    metrics.policyReload('refused', 1_764_000_005_000)

    expect(await told()).toEqual([
      'rendezvous_policy_reloads_total{result="applied"} 0',
      'rendezvous_policy_reloads_total{result="refused"} 1',
      'rendezvous_policy_last_reload_successful 0',
      'rendezvous_policy_last_reload_success_timestamp_seconds 1764000000.5'
    ])

    metrics.policyReload('applied', 1_764_000_009_000)

    expect(await told()).toEqual([
      'rendezvous_policy_reloads_total{result="applied"} 1',
      'rendezvous_policy_reloads_total{result="refused"} 1',
      'rendezvous_policy_last_reload_successful 1',
      'rendezvous_policy_last_reload_success_timestamp_seconds 1764000009'
    ])
  })

  it('begins counters at zero, since the rate of one that appears misses its first events', async () => {
    const { body } = await sidecar.inject('/metrics')

    for (const line of [
      'rendezvous_rejected_total{reason="malformed"} 0',
      'rendezvous_rejected_total{reason="cap-namespaces"} 0',
      'rendezvous_rejected_total{reason="policy-access"} 0',
      'rendezvous_store_errors_total{kind="read-only"} 0',
      'rendezvous_namespace_reads_total{read="part"} 0',
      'rendezvous_copies_without_room_total 0',
      'rendezvous_copied_bytes 0',
      'rendezvous_verify_cache_total{result="miss"} 0'
    ]) {
      expect(body.split('\n')).toContain(line)
    }
  })
})
