import { readFileSync } from 'node:fs'
import { parse } from 'yaml'

export interface RecordingRule {
  record: string
  expr: string
}

export interface AlertingRule {
  alert: string
  expr: string
  labels: { severity: string }
  annotations: { summary: string; description: string; runbook: string }
}

/** A file of `deploy/prometheus`. */
export function readPrometheusFile<T>(name: string): T {
  return parse(readFileSync(new URL(`../../../deploy/prometheus/${name}`, import.meta.url), 'utf8'))
}

const { groups } = readPrometheusFile<{ groups: { rules: (RecordingRule | AlertingRule)[] }[] }>(
  'rules.yml'
)
const rules = groups.flatMap((group) => group.rules)

export const recordingRules = rules.filter((rule) => 'record' in rule)

export const alertingRules = rules.filter((rule) => 'alert' in rule)
