import { oneOf } from '../../../test/support/run-command.ts'
import { OPERATIONS, type Operation } from './run-peers.ts'

/** What `--operation` takes. */
export const OPERATION_FLAGS: readonly string[] = OPERATIONS.map(({ name }) =>
  name.replaceAll(' ', '-')
)

/** @throws UsageError for one that there is not */
export function operationOf(flag: string): Operation {
  return OPERATIONS[
    OPERATION_FLAGS.indexOf(oneOf(flag, [...OPERATION_FLAGS], '--operation'))
  ] as Operation
}
