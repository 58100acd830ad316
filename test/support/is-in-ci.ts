/** Where a test that cannot run is a failure. */
export function isInCi(): boolean {
  return ['1', 'true'].includes(process.env.CI ?? '')
}
