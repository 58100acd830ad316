import { RECORD_KINDS, type RecordKind } from '@rendezvous-cluster/rendezvous'
import { CLIENT_DIALECTS, DIALECTS } from '@rendezvous-cluster/wire'
import type { FuzzTarget } from '../target.ts'
import { cookieTarget } from './cookie-target.ts'
import { discoverResponseTarget } from './discover-response-target.ts'
import { frameTarget } from './frame-target.ts'
import { multiaddrTarget } from './multiaddr-target.ts'
import { pointTarget } from './point-target.ts'
import { recordTarget } from './record-target.ts'
import { requestTarget } from './request-target.ts'
import { responseTarget } from './response-target.ts'

/** All that is fuzzed. A worker is given this module, or another one with targets. */
export const TARGETS: readonly FuzzTarget[] = [
  frameTarget,
  ...Object.values(DIALECTS).map(requestTarget),
  ...Object.values(CLIENT_DIALECTS).map(responseTarget),
  ...(Object.keys(RECORD_KINDS) as RecordKind[]).map(recordTarget),
  cookieTarget,
  multiaddrTarget,
  discoverResponseTarget,
  pointTarget(DIALECTS)
]
