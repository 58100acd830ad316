/** An advisory that is accepted for a while. */
export interface AuditException {
  /** Its id, for example `GHSA-aaaa-bbbb-cccc`. */
  advisory: string
  package: string
  /** Why it does not matter here. */
  reason: string
  /** The last day on which it counts, for example `2026-12-31`. */
  until: string
}

export interface AuditVerdict {
  /** `skipped`: nobody could tell. */
  outcome: 'passed' | 'failed' | 'skipped'
  /** What there is to say, for people. */
  lines: string[]
}

interface Advisory {
  name: string
  title: string
  url: string
  severity: string
  range: string
}

const FAILING = ['high', 'critical']

/**
 * What to make of `npm audit --json`: it fails on advisories of high and critical severity, unless
 * an exception names them. A registry without advisories makes no report, which is no pass.
 *
 * @param today - as in {@link AuditException.until}
 */
export function judgeAudit(
  report: object,
  exceptions: readonly AuditException[],
  today: string
): AuditVerdict {
  const advisories = advisoriesOf(report)

  if (advisories == null) {
    return withoutReport(report)
  }

  const faults = exceptions.flatMap(faultsOf)
  const unneeded = exceptions.filter((one) => !advisories.some((other) => isAbout(one, other)))
  const verdicts = advisories.map((advisory) => judge(advisory, exceptions, today))
  const hasFailed = faults.length > 0 || verdicts.some(({ fails }) => fails)

  return {
    outcome: hasFailed ? 'failed' : 'passed',
    lines: [
      ...faults,
      ...verdicts.map(({ line }) => line),
      ...(faults.length > 0 ? [] : unneeded).map(
        ({ advisory, package: name }) =>
          `${advisory} (${name}) is not reported any more: remove its exception`
      )
    ]
  }
}

/** Each once: a package that only depends on one with an advisory has the other's name there. */
function advisoriesOf(report: object): Advisory[] | undefined {
  const { vulnerabilities } = report as { vulnerabilities?: Record<string, { via: unknown[] }> }

  if (typeof vulnerabilities !== 'object' || vulnerabilities == null) {
    return undefined
  }

  const found = Object.values(vulnerabilities)
    .flatMap(({ via }) => via)
    .filter((cause): cause is Advisory => typeof cause === 'object')

  return [...new Map(found.map((one) => [`${one.url} ${one.name}`, one])).values()]
}

/** npm has a message of the request to the registry, and a code for what is wrong on this side. */
function withoutReport(report: object): AuditVerdict {
  const { message, error } = report as { message?: string; error?: { summary?: string } }

  return message == null
    ? { outcome: 'failed', lines: [`npm made no report: ${error?.summary ?? 'it says nothing'}`] }
    : { outcome: 'skipped', lines: [`the registry gives no advisories: ${message}`] }
}

function judge(
  advisory: Advisory,
  exceptions: readonly AuditException[],
  today: string
): { fails: boolean; line: string } {
  const { name, title, url, severity, range } = advisory
  const line = `${severity}: ${name} ${range}: ${title} (${url})`
  const exception = exceptions.find((one) => isAbout(one, advisory))

  if (!FAILING.includes(severity) || exception == null) {
    return { fails: FAILING.includes(severity), line }
  }

  const { until, reason } = exception

  return until < today
    ? { fails: true, line: `${line}; its exception ended on ${until}` }
    : { fails: false, line: `${line}; excepted until ${until}: ${reason}` }
}

function isAbout(exception: AuditException, { name, url }: Advisory): boolean {
  return exception.package === name && url.endsWith(`/${exception.advisory}`)
}

function faultsOf({ advisory, reason, until }: AuditException): string[] {
  const isDay = /^\d{4}-\d\d-\d\d$/.test(until) && !Number.isNaN(Date.parse(until))

  return reason.trim() !== '' && isDay
    ? []
    : [`the exception for ${advisory} needs a reason, and a day in "until" such as 2026-12-31`]
}
