import { isUtf8 } from 'node:buffer'
import { constants, type FileHandle, open } from 'node:fs/promises'
import { assertPolicySize } from './parse-policy.ts'
import { PolicyError } from './policy-error.ts'

/**
 * The text of a policy file.
 *
 * @throws PolicyError when there is no such file, or none that can be read
 */
export async function readPolicyText(path: string): Promise<string> {
  const bytes = await readBytes(path).catch((cause: Error) => {
    if (cause instanceof PolicyError) {
      throw cause
    }

    throw new PolicyError([`${path}: ${cause.message}; give a file that can be read`], { cause })
  })

  assertUtf8(bytes, path)

  return bytes.toString('utf8')
}

async function readBytes(path: string): Promise<Buffer> {
  // A pipe that nobody writes to would hold the opening up otherwise.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)

  try {
    await assertFile(file, path)

    return await file.readFile()
  } finally {
    await file.close()
  }
}

async function assertFile(file: FileHandle, path: string): Promise<void> {
  const stats = await file.stat()

  // A pipe can't be read a second time, and a device may never end.
  if (!stats.isFile()) {
    throw new PolicyError([`${path}: it is no file; give the path of a YAML file`])
  }

  assertPolicySize(stats.size, path)
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
