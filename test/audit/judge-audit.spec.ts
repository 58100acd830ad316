import { describe, expect, it } from 'vitest'
import { type AuditException, judgeAudit } from '../../scripts/audit/judge-audit.ts'

const TODAY = '2026-11-28'

const GHSA = 'GHSA-aaaa-bbbb-cccc'

const EXCEPTION: AuditException = {
  advisory: GHSA,
  package: 'parser',
  reason: 'nothing of a peer is parsed with it',
  until: '2026-12-31'
}

/** What npm reports of a package with one advisory, and of one that only depends on it. */
function reportOf(severity: string, name = 'parser'): object {
  return {
    auditReportVersion: 2,
    vulnerabilities: {
      [name]: {
        name,
        severity,
        via: [
          {
            source: 1,
            name,
            title: 'It hangs',
            url: `https://github.com/advisories/${GHSA}`,
            severity,
            range: '<2.0.0'
          }
        ]
      },
      framework: { name: 'framework', severity, via: [name] }
    }
  }
}

function judge(report: object, exceptions: AuditException[] = []) {
  return judgeAudit(report, exceptions, TODAY)
}

describe('an audit', () => {
  it('without advisories passes', () => {
    expect(judge({ auditReportVersion: 2, vulnerabilities: {} }).outcome).toBe('passed')
  })

  it.each(['high', 'critical'])('with a %s advisory fails, and names it once', (severity) => {
    const { outcome, lines } = judge(reportOf(severity))

    expect(outcome).toBe('failed')
    expect(lines).toEqual([
      `${severity}: parser <2.0.0: It hangs (https://github.com/advisories/${GHSA})`
    ])
  })

  it.each(['moderate', 'low', 'info'])('with a %s advisory passes, and names it', (severity) => {
    const { outcome, lines } = judge(reportOf(severity))

    expect(outcome).toBe('passed')
    expect(lines[0]).toContain(GHSA)
  })

  it('with one that is excepted passes, and says why and how long', () => {
    const { outcome, lines } = judge(reportOf('high'), [EXCEPTION])

    expect(outcome).toBe('passed')
    expect(lines[0]).toContain('excepted until 2026-12-31: nothing of a peer is parsed with it')
  })

  it('goes by an exception to the end of its last day', () => {
    expect(judge(reportOf('high'), [{ ...EXCEPTION, until: TODAY }]).outcome).toBe('passed')
    expect(judge(reportOf('high'), [{ ...EXCEPTION, until: '2026-11-27' }]).outcome).toBe('failed')
  })

  it('fails where the exception is of another package or advisory', () => {
    const others = [
      { ...EXCEPTION, package: 'framework' },
      { ...EXCEPTION, advisory: 'GHSA-0000-0000-0000' }
    ]

    expect(judge(reportOf('high'), others).outcome).toBe('failed')
  })

  it('tells exceptions that nothing needs any longer', () => {
    const { outcome, lines } = judge({ vulnerabilities: {} }, [EXCEPTION])

    expect(outcome).toBe('passed')
    expect(lines).toEqual([`${GHSA} (parser) is not reported any more: remove its exception`])
  })

  it.each([
    ['no reason', { reason: ' ' }],
    ['no date', { until: 'some day' }],
    ['a date that is none', { until: '2026-13-01' }]
  ])('fails where an exception has %s', (_what, fault) => {
    const { outcome, lines } = judge({ vulnerabilities: {} }, [{ ...EXCEPTION, ...fault }])

    expect(outcome).toBe('failed')
    expect(lines[0]).toContain(`the exception for ${GHSA}`)
  })

  it.each([
    ['has no such endpoint', { message: '405 Method Not Allowed - POST …', statusCode: 405 }],
    ['fails', { message: '502 Bad Gateway - POST …', statusCode: 502 }],
    ['is not reached', { message: 'request to … failed, reason: …', error: { summary: '' } }]
  ])('is skipped, and says so, where the registry %s', (_what, report) => {
    const { outcome, lines } = judge(report)

    expect(outcome).toBe('skipped')
    expect(lines).toEqual([`the registry gives no advisories: ${report.message}`])
  })

  it.each([
    ['npm can’t make one', { error: { code: 'ENOLOCK', summary: 'no lockfile' } }],
    ['it is none', {}],
    ['it is of another form', { vulnerabilities: 'none' }]
  ])('fails where %s', (_what, report) => {
    expect(judge(report).outcome).toBe('failed')
  })
})
