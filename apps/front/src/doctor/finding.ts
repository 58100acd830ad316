/** What was looked at. */
export type Subject = 'settings' | 'files' | 'host' | 'store' | 'addresses'

/** `bad`: it will not work; `warning`: it will, and not as well as it could. */
export type Level = 'good' | 'warning' | 'bad'

/** One thing that was looked at, and how it is. */
export interface Finding {
  subject: Subject
  level: Level
  /** In one sentence; of what is not good with the cause. */
  text: string
  /** What to change, and why it helps. */
  cure?: string
}

/** Makes the findings about one subject. */
export function findingsOf(
  subject: Subject
): (level: Level, text: string, cure?: string) => Finding {
  return (level, text, cure) => ({ subject, level, text, ...(cure != null && { cure }) })
}
