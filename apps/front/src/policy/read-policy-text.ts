import { isUtf8 } from 'node:buffer'
import { readFileSync, statSync } from 'node:fs'
import { assertPolicySize, parsePolicy } from './parse-policy.ts'
import { Policy } from './policy.ts'
import { PolicyError } from './policy-error.ts'

export { Policy, PolicyError }

/** @throws PolicyError when the file can't be read, or naming every problem of its content */
export function loadPolicy(path: string): Policy {
  const bytes = readPolicy(path)

  assertUtf8(bytes, path)

  return parsePolicy(bytes.toString('utf8'), path)
}

function readPolicy(path: string): Buffer {
  try {
    const stats = statSync(path)

    // A pipe can't be read a second time, and one that nobody writes to would never end.
    if (!stats.isFile()) {
      throw new PolicyError([`${path}: it is no file; give the path of a YAML file`])
    }

    assertPolicySize(stats.size, path)

    return readFileSync(path)
  } catch (cause) {
    if (cause instanceof PolicyError) {
      throw cause
    }

    throw new PolicyError([`${path}: ${(cause as Error).message}; give a file that can be read`], {
      cause
    })
  }
}

/** No byte of UTF-8 but a line feed is a line feed, so lines can be told before characters. */
function assertUtf8(bytes: Buffer, path: string): void {
  if (isUtf8(bytes)) {
    return
  }

  let line = 1
  let start = 0
  let end = bytes.indexOf('\n')

  while (end !== -1 && isUtf8(bytes.subarray(start, end))) {
    line++
    start = end + 1
    end = bytes.indexOf('\n', start)
  }

  throw new PolicyError([`${path}:${line}:1: the line is not UTF-8; save the file as UTF-8`])
}
