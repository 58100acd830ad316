import { addressProblems } from './checks/address-problems.ts'
import { availabilityProblems } from './checks/availability-problems.ts'
import { hardeningProblems } from './checks/hardening-problems.ts'
import { networkProblems } from './checks/network-problems.ts'
import { portProblems } from './checks/port-problems.ts'
import { referenceProblems } from './checks/reference-problems.ts'
import { secretProblems } from './checks/secret-problems.ts'
import { selectorProblems } from './checks/selector-problems.ts'
import { settingProblems } from './checks/setting-problems.ts'
import type { Check } from './manifests.ts'
import { schemaProblems } from './schema-problems.ts'
import { typeProblems } from './type-problems.ts'

/** Every check, by what it looks at. */
export const CHECKS = {
  schemas: schemaProblems,
  types: typeProblems,
  selectors: selectorProblems,
  ports: portProblems,
  references: referenceProblems,
  settings: settingProblems,
  addresses: addressProblems,
  availability: availabilityProblems,
  network: networkProblems,
  hardening: hardeningProblems,
  secrets: secretProblems
} satisfies Record<string, Check>

export type CheckName = keyof typeof CHECKS
