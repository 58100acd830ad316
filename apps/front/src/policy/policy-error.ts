/** A policy file that is refused as a whole. The message has a line for each problem. */
export class PolicyError extends Error {
  override name = 'PolicyError'
  readonly problems: readonly string[]

  constructor(problems: readonly string[], options?: ErrorOptions) {
    super(problems.join('\n'), options)
    this.problems = problems
  }
}
