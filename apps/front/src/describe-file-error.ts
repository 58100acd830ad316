/**
 * Why a file can't be read, in words for people where there are any; they do not name it.
 *
 * @param command - that makes such a file where it is missing
 */
export function describeFileError(error: unknown, command?: string): string {
  const { code, message } = error as NodeJS.ErrnoException

  switch (code) {
    case 'ENOENT':
      return `there is no such file${command == null ? '' : `: make one with \`${command}\``}`
    case 'EISDIR':
      return 'it is a directory'
    default:
      return message
  }
}
