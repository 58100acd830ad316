/** Loopback addresses of attackers, as many as they have machines; the others are at 127.0.0.1. */
export function sourceAddress(index: number): string {
  return `127.0.${1 + Math.floor(index / 250)}.${1 + (index % 250)}`
}
