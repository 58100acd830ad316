/** Where the caller stands: npm runs scripts elsewhere and tells in a variable. */
export function callerFolder(): string {
  return process.env.INIT_CWD ?? process.cwd()
}
