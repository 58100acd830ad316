import { readTlsFiles, type TlsFilesError } from '../tls-files.ts'
import { optionLabel } from './option-table.ts'
import { needsCertificate } from './value-schemas.ts'

/**
 * What is wrong with the files for TLS, or with addresses that need them.
 *
 * @param raw - settings as they are given, paths resolved
 */
export function tlsProblems(raw: Readonly<Record<string, string | string[]>>): readonly string[] {
  const { listen = [], 'tls-cert-file': certFile, 'tls-key-file': keyFile } = raw

  if (certFile == null && keyFile == null) {
    return [listen].flat().filter(needsCertificate).map(needsFiles)
  }

  // Of a path that is empty or missing something else is told.
  if (!isPath(certFile) || !isPath(keyFile)) {
    return []
  }

  try {
    readTlsFiles(certFile, keyFile)
  } catch (error) {
    return (error as TlsFilesError).problems
  }

  return []
}

function needsFiles(address: string): string {
  const files = `${optionLabel('tls-cert-file')} and ${optionLabel('tls-key-file')}`

  return `${optionLabel('listen')}: "${address}" needs a certificate; give ${files}`
}

function isPath(value: string | string[] | undefined): value is string {
  return typeof value === 'string' && value !== ''
}
