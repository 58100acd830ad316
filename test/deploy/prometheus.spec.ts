import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { describeWithProgram } from './support/describe-with-program.ts'
import { alertingRules, readPrometheusFile, recordingRules } from './support/prometheus-rules.ts'

const run = promisify(execFile)
const folder = fileURLToPath(new URL('../../deploy/prometheus/', import.meta.url))
const guide = readFileSync(new URL('../../docs/operating.md', import.meta.url), 'utf8')
const [, sectionOfAlerts = ''] = /^## Alerts\n(.*?)^## /ms.exec(guide) ?? []
const sections = [...sectionOfAlerts.matchAll(/^### (.*)$/gm)].map(([, heading]) => heading)

interface RuleTests {
  tests: {
    promql_expr_test: { exp_samples?: { labels: string }[] }[]
    alert_rule_test?: { alertname: string; exp_alerts: object[] }[]
  }[]
}

describeWithProgram('promtool', "Prometheus's own checks", (promtool) => {
  it.each([
    ['the configuration', ['check', 'config', 'prometheus.yml']],
    ['the rules', ['check', 'rules', 'rules.yml']],
    ['when each alert fires', ['test', 'rules', 'rules.test.yml']]
  ])('accept %s', async (_what, args) => {
    const answer = await run(promtool, args, { cwd: folder }).then(
      () => '',
      ({ stdout, stderr }) => `${stdout}${stderr}`
    )

    expect(answer).toBe('')
  })
})

describe('the configuration of Prometheus', () => {
  it('has the three front nodes as fixed targets, so that one that is gone counts as down', () => {
    const { scrape_configs } = readPrometheusFile<{
      scrape_configs: { job_name: string; static_configs: { targets: string[] }[] }[]
    }>('prometheus.yml')

    expect(scrape_configs.map(({ job_name }) => job_name)).toEqual(['rendezvous'])
    expect(scrape_configs[0]?.static_configs).toEqual([
      { targets: ['front-0:8008', 'front-1:8008', 'front-2:8008'] }
    ])
  })
})

describe.each(alertingRules)('the alert $alert', ({ alert, labels, annotations }) => {
  const { tests } = readPrometheusFile<RuleTests>('rules.test.yml')

  it('says how bad it is, in short and at length', () => {
    expect(labels.severity).toMatch(/^(critical|warning)$/)
    expect(annotations.summary).not.toBe('')
    expect(annotations.description).not.toBe('')
  })

  it('names its section of the operating guide', () => {
    expect(annotations.runbook).toBe(`docs/operating.md#${alert.toLowerCase()}`)
    expect(sections).toContain(alert)
  })

  it('is tested: when it fires, and what it tells then', () => {
    const firing = tests
      .flatMap((test) => test.promql_expr_test)
      .flatMap((test) => test.exp_samples ?? [])
      .filter((sample) => sample.labels.includes(`alertname="${alert}"`))
    const telling = tests
      .flatMap((test) => test.alert_rule_test ?? [])
      .filter((test) => test.alertname === alert && test.exp_alerts.length > 0)

    expect(firing).not.toEqual([])
    expect(telling).not.toEqual([])
  })
})

it('the operating guide has no section for an alert that is gone', () => {
  const alerts = alertingRules.map(({ alert }) => alert)

  expect(sections.filter((section) => !alerts.includes(section ?? ''))).toEqual([])
})

it('what is recorded is named once', () => {
  const names = recordingRules.map(({ record }) => record)

  expect(names).toEqual([...new Set(names)])
})
