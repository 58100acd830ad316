import { beforeAll, expect, it } from 'vitest'
import { CHECKS, type CheckName } from './kubernetes/all-checks.ts'
import { type Manifest, renderOverlay, titleOf } from './kubernetes/manifests.ts'
import { describeWithProgram } from './support/describe-with-program.ts'

/** One field of production that is wrong; without a value it is missing. */
interface Break {
  check: CheckName
  object: string
  field: string
  value?: unknown
  problem: RegExp
}

const SET = 'StatefulSet front'
const POD = 'spec/template/spec'
const CONTAINER = `${POD}/containers/0`

/** Position of POD_INDEX, and of the variables that it is part of. */
const POD_INDEX = `${CONTAINER}/env/0`
const ORDINAL = `${CONTAINER}/env/1`
const ANNOUNCE = `${CONTAINER}/env/2`
const SEED_FILE = `${CONTAINER}/env/3`

const BREAKS: Break[] = [
  {
    check: 'schemas',
    object: SET,
    field: 'spec/replicas',
    value: '3',
    problem: /replicas must be integer/
  },
  {
    check: 'schemas',
    object: 'PodMonitor front',
    field: 'spec/podMetricsEndpoints/0/port',
    value: 8008,
    problem: /port must be string/
  },
  {
    check: 'schemas',
    object: 'PodDisruptionBudget front',
    field: 'apiVersion',
    value: 'policy/v1beta1',
    problem: /has no schema here/
  },
  {
    check: 'types',
    object: 'PodDisruptionBudget front',
    field: 'spec/maxUnavailble',
    value: 1,
    problem: /^PodDisruptionBudget front.*maxUnavailble/
  },
  {
    check: 'types',
    object: SET,
    field: `${CONTAINER}/livenessProbe/htpGet`,
    value: { path: '/livez', port: 'sidecar' },
    problem: /^StatefulSet front.*htpGet/
  },
  {
    check: 'types',
    object: 'PodMonitor front',
    field: 'spec/podMetricsEndpoints/0/relabeling',
    value: [],
    problem: /^PodMonitor front.*relabeling/
  },
  {
    check: 'selectors',
    object: 'Service front-1',
    field: 'spec/selector/statefulset.kubernetes.io~1pod-name',
    value: 'front-7',
    problem: /^Service front-1: its selector matches no pod/
  },
  {
    check: 'selectors',
    object: SET,
    field: 'spec/template/metadata/labels/app.kubernetes.io~1component',
    value: 'node',
    problem: /^StatefulSet front: its selector/
  },
  {
    check: 'selectors',
    object: 'PodDisruptionBudget front',
    field: 'spec/selector/matchLabels/app.kubernetes.io~1name',
    value: 'rendezvous',
    problem: /^PodDisruptionBudget front: its selector/
  },
  {
    check: 'selectors',
    object: 'NetworkPolicy front',
    field: 'spec/podSelector/matchLabels/app.kubernetes.io~1name',
    value: 'rendezvous',
    problem: /^NetworkPolicy front: its selector/
  },
  {
    check: 'selectors',
    object: 'PodMonitor front',
    field: 'spec/selector/matchLabels/app.kubernetes.io~1name',
    value: 'rendezvous',
    problem: /^PodMonitor front: its selector/
  },
  {
    check: 'selectors',
    object: SET,
    field: `${POD}/topologySpreadConstraints/1/labelSelector/matchLabels/app.kubernetes.io~1name`,
    value: 'rendezvous',
    problem: /spread over kubernetes.io\/hostname/
  },
  {
    check: 'selectors',
    object: SET,
    field: 'spec/serviceName',
    value: 'front-0',
    problem: /serviceName names no headless Service/
  },
  {
    check: 'ports',
    object: 'Service front-0',
    field: 'spec/ports/0/targetPort',
    value: 'tcp',
    problem: /^Service front-0: port "tcp"/
  },
  {
    check: 'ports',
    object: SET,
    field: `${CONTAINER}/readinessProbe/httpGet/port`,
    value: 'http',
    problem: /readinessProbe of front/
  },
  {
    check: 'ports',
    object: 'NetworkPolicy front',
    field: 'spec/ingress/1/ports/0/port',
    value: 'metrics',
    problem: /^NetworkPolicy front: port "metrics"/
  },
  {
    check: 'ports',
    object: 'PodMonitor front',
    field: 'spec/podMetricsEndpoints/0/port',
    value: 'metrics',
    problem: /^PodMonitor front: port "metrics"/
  },
  {
    check: 'references',
    object: SET,
    field: `${CONTAINER}/envFrom/0/configMapRef/name`,
    value: 'front',
    problem: /ConfigMap front is neither/
  },
  {
    check: 'references',
    object: SET,
    field: `${POD}/volumes/1/secret/secretName`,
    value: 'seed',
    problem: /Secret seed seed is neither/
  },
  {
    check: 'references',
    object: SET,
    field: `${POD}/volumes/2/secret/items/0/key`,
    value: 'pass',
    problem: /Secret rendezvous-redis pass is neither/
  },
  {
    check: 'references',
    object: SET,
    field: `${CONTAINER}/volumeMounts/0/name`,
    value: 'temporary',
    problem: /there is no volume temporary/
  },
  {
    check: 'settings',
    object: SET,
    field: `${SEED_FILE}/name`,
    value: 'RENDEZVOUS_SEED_FILE',
    problem: /RENDEZVOUS_SEED_FILE is no setting/
  },
  {
    check: 'settings',
    object: 'ConfigMap',
    field: 'data/RENDEZVOUS_DRAIN_SECONDS',
    value: '30s',
    problem: /"30s" is not allowed/
  },
  {
    check: 'settings',
    object: 'ConfigMap',
    field: 'data/RENDEZVOUS_SIDECAR',
    value: '127.0.0.1:8008',
    problem: /probes cannot reach/
  },
  {
    check: 'settings',
    object: 'ConfigMap',
    field: 'data/RENDEZVOUS_LISTEN',
    value: '/ip4/0.0.0.0/tcp/60001',
    problem: /listens on 60001/
  },
  {
    check: 'settings',
    object: SET,
    field: `${POD}/volumes/1/secret/defaultMode`,
    value: 0o444,
    problem: /other users may read it/
  },
  {
    check: 'settings',
    object: SET,
    field: `${POD}/securityContext/fsGroup`,
    problem: /without a fsGroup/
  },
  {
    check: 'settings',
    object: SET,
    field: `${SEED_FILE}/value`,
    value: '/run/secrets/rendezvous-seed/key',
    problem: /seed file .*there is no such file/
  },
  {
    check: 'settings',
    object: SET,
    field: `${ORDINAL}/value`,
    value: '0',
    problem: /the same peer id/
  },
  {
    check: 'addresses',
    object: SET,
    field: `${ANNOUNCE}/value`,
    value: '/dns4/rdv.example.org/tcp/60000',
    problem: /announces rdv.example.org, which is not rdv-0.example.org/
  },
  {
    check: 'addresses',
    object: SET,
    field: `${ANNOUNCE}/value`,
    value: '/dns4/rdv-$(POD_INDEX).example.org/tcp/60001',
    problem: /port 60001, which is not 60000/
  },
  {
    // Variables take the value of others that stand before them, and not of later ones.
    check: 'settings',
    object: SET,
    field: POD_INDEX,
    value: { name: 'RENDEZVOUS_ANNOUNCE', value: '/dns4/localhost/tcp/3060$(RENDEZVOUS_ORDINAL)' },
    problem: /"\$\(POD_INDEX\)" is not allowed/
  },
  {
    check: 'addresses',
    object: SET,
    field: 'spec/replicas',
    value: 4,
    problem: /^front-3: 0 external Services/
  },
  {
    check: 'addresses',
    object: 'Service front-0',
    field: 'spec/externalTrafficPolicy',
    value: 'Cluster',
    problem: /^Service front-0: hides addresses/
  },
  {
    check: 'addresses',
    object: 'Service front-0',
    field: 'spec/selector',
    value: { 'app.kubernetes.io/component': 'front' },
    problem: /^Service front-0: has pods with several peer ids/
  },
  {
    check: 'availability',
    object: SET,
    field: `${POD}/terminationGracePeriodSeconds`,
    value: 49,
    problem: /49 s to stop, and it takes up to 50 s/
  },
  {
    check: 'availability',
    object: 'PodDisruptionBudget front',
    field: 'spec/maxUnavailable',
    value: 3,
    problem: /lets all of its pods go/
  },
  {
    check: 'availability',
    object: 'PodDisruptionBudget front',
    field: 'spec/selector/matchLabels/app.kubernetes.io~1component',
    value: 'redis',
    problem: /no PodDisruptionBudget holds/
  },
  {
    check: 'availability',
    object: SET,
    field: `${POD}/topologySpreadConstraints/1/nodeTaintsPolicy`,
    problem: /spread over kubernetes.io\/hostname of machines with taints too/
  },
  {
    check: 'network',
    object: 'NetworkPolicy front',
    field: 'spec/ingress/1/from',
    problem: /sidecar is open to everybody/
  },
  {
    check: 'network',
    object: 'NetworkPolicy front',
    field: 'spec/egress/1/to',
    problem: /lets nodes dial anything/
  },
  {
    check: 'network',
    object: 'NetworkPolicy front',
    field: 'spec/policyTypes',
    value: ['Ingress'],
    problem: /holds no Egress/
  },
  {
    check: 'network',
    object: 'NetworkPolicy front',
    field: 'spec/egress/1/ports/0/port',
    value: 6380,
    problem: /lets nodes reach port 6379/
  },
  {
    check: 'network',
    object: 'ConfigMap',
    field: 'data/RENDEZVOUS_STORE',
    value: 'redis://redis:6379',
    problem: /redis is neither a Service/
  },
  {
    check: 'hardening',
    object: SET,
    field: `${POD}/securityContext/runAsNonRoot`,
    problem: /may run as root/
  },
  {
    check: 'hardening',
    object: SET,
    field: `${POD}/securityContext/seccompProfile`,
    problem: /no seccomp profile/
  },
  {
    check: 'hardening',
    object: SET,
    field: `${POD}/enableServiceLinks`,
    problem: /become variables/
  },
  {
    check: 'hardening',
    object: SET,
    field: `${POD}/automountServiceAccountToken`,
    problem: /token is mounted/
  },
  {
    check: 'hardening',
    object: SET,
    field: `${CONTAINER}/securityContext/capabilities/drop`,
    value: ['NET_RAW'],
    problem: /keeps capabilities/
  },
  {
    check: 'hardening',
    object: SET,
    field: `${CONTAINER}/securityContext/readOnlyRootFilesystem`,
    problem: /may write to its image/
  },
  {
    check: 'hardening',
    object: SET,
    field: `${CONTAINER}/resources/limits`,
    problem: /says not what it needs/
  },
  {
    check: 'hardening',
    object: SET,
    field: `${CONTAINER}/startupProbe`,
    problem: /lacks a probe/
  },
  {
    check: 'hardening',
    object: SET,
    field: `${CONTAINER}/image`,
    value: 'rendezvous-cluster:latest',
    problem: /image of no version/
  },
  {
    check: 'secrets',
    object: 'ConfigMap',
    field: 'kind',
    value: 'Secret',
    problem: /is a Secret/
  },
  {
    check: 'secrets',
    object: 'ConfigMap',
    field: 'data/RENDEZVOUS_REDIS_PASSWORD',
    value: 'hunter2',
    problem: /RENDEZVOUS_REDIS_PASSWORD shows a secret/
  },
  {
    check: 'secrets',
    object: SET,
    field: ORDINAL,
    value: { name: 'RENDEZVOUS_REDIS_PASSWORD', value: 'hunter2' },
    problem: /RENDEZVOUS_REDIS_PASSWORD shows a secret/
  },
  {
    check: 'secrets',
    object: 'ConfigMap',
    field: 'data/RENDEZVOUS_STORE',
    value: 'redis://rendezvous:hunter2@rendezvous-redis:6379',
    problem: /RENDEZVOUS_STORE shows a secret/
  },
  {
    check: 'secrets',
    object: 'ConfigMap',
    field: 'data/anything',
    value: '4f'.repeat(32),
    problem: /anything shows a secret/
  }
]

describeWithProgram('kubectl', 'a broken manifest', (kubectl) => {
  let manifests: Manifest[]

  beforeAll(async () => {
    manifests = await renderOverlay(kubectl, 'production')
  })

  it.each(BREAKS)('fails $check: $object, $field $value', async (broken) => {
    const problems = await CHECKS[broken.check](withBreak(manifests, broken))

    expect(problems).toContainEqual(expect.stringMatching(broken.problem))
  })

  it('of every check is tried', () => {
    expect([...new Set(BREAKS.map(({ check }) => check))]).toEqual(Object.keys(CHECKS))
  })
})

function withBreak(manifests: readonly Manifest[], { object, field, value }: Break): Manifest[] {
  const copy = structuredClone([...manifests])
  const names = field.split('/').map((name) => name.replaceAll('~1', '/'))
  const last = names.pop() as string
  let target = copy.find((manifest) => titleOf(manifest).startsWith(object)) as unknown

  for (const name of names) {
    target = (target as Record<string, unknown>)[name]
  }

  if (value === undefined) {
    // A field that was never there would break nothing.
    expect(target).toHaveProperty([last])
    delete (target as Record<string, unknown>)[last]
  } else {
    Object.assign(target as object, { [last]: value })
  }

  return copy
}
