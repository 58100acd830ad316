import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The file that operators fill in. */
export const ACL_FILE = fileURLToPath(new URL('../../../deploy/redis/users.acl', import.meta.url))

/** The front nodes' user in it. */
export const ACL_USER = 'rendezvous'

const RULES = readFileSync(ACL_FILE, 'utf8')
  .split('\n')
  .find((line) => line.startsWith(`user ${ACL_USER} `))
  ?.split(' ')
  .slice(2) as string[]

/** What the front nodes' user may do, in the order of the file. */
export const GRANTED = RULES.flatMap((rule) => (rule.startsWith('+') ? [rule.slice(1)] : []))

/**
 * Fills the file in. The tests' keys take the place of ours, and the administrator needs no
 * password: the servers of a topology talk to each other as that.
 *
 * @returns the path
 */
export async function fillAclFile(folder: string, password: string): Promise<string> {
  const path = join(folder, 'users.acl')
  const filled = readFileSync(ACL_FILE, 'utf8')
    .replace(/#<[\w-]+-administrators-[\w-]+>/, 'nopass')
    .replace(/<[\w-]+-front-nodes-[\w-]+>/, sha256(password))
    .replace('~rdv:*', '~test:*')

  await writeFile(path, filled)

  return path
}

/** Arguments of `ACL SETUSER` for another user who may do the same, but for some commands. */
export function userWithout(name: string, password: string, commands: string[]): string[] {
  const left = RULES.filter((rule) => !commands.some((command) => rule === `+${command}`))

  return [
    'SETUSER',
    name,
    'reset',
    ...left.map((rule) => rule.replace(/^#.+/, `#${sha256(password)}`).replace('~rdv', '~test'))
  ]
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
