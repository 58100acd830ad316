import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { parse } from 'yaml'

const root = new URL('../../deploy/', import.meta.url)
const rules = fileURLToPath(new URL('prometheus/rules.yml', root))
const manifest = fileURLToPath(new URL('k8s/components/monitoring/prometheus-rule.yaml', root))

it("the operator's rules are those of Prometheus", () => {
  const groups = existsSync(rules) ? parse(readFileSync(rules, 'utf8')).groups : []

  expect(parse(readFileSync(manifest, 'utf8')).spec).toEqual({ groups })
})
