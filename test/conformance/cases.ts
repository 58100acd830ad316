import { CAP_CASES } from './cap-cases.ts'
import type { ConformanceCase } from './conformance-case.ts'
import { COOKIE_CASES } from './cookie-cases.ts'
import { DISCOVER_CASES } from './discover-cases.ts'
import { EXPIRY_CASES } from './expiry-cases.ts'
import { FORM_DIVERGENCE_CASES } from './form-divergence-cases.ts'
import { KIND_CASES } from './kind-cases.ts'
import { MALFORMED_CASES } from './malformed-cases.ts'
import { PAGE_CASES } from './page-cases.ts'
import { REFUSAL_CASES } from './refusal-cases.ts'
import { REGISTER_CASES } from './register-cases.ts'
import { STREAM_CASES } from './stream-cases.ts'
import { UNREGISTER_CASES } from './unregister-cases.ts'
import { VALUE_DIVERGENCE_CASES } from './value-divergence-cases.ts'

/** Every case there is. */
export const CASES: readonly ConformanceCase[] = [
  ...FORM_DIVERGENCE_CASES,
  ...VALUE_DIVERGENCE_CASES,
  ...REGISTER_CASES,
  ...REFUSAL_CASES,
  ...DISCOVER_CASES,
  ...PAGE_CASES,
  ...COOKIE_CASES,
  ...KIND_CASES,
  ...UNREGISTER_CASES,
  ...MALFORMED_CASES,
  ...STREAM_CASES,
  ...CAP_CASES,
  ...EXPIRY_CASES
]
