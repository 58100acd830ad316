/**
 * The process in which inputs are executed: `run-worker.ts` starts it, watches it, and tells it by a
 * message what to do. An input may well bring it down.
 */
import { once } from 'node:events'
import { startCoverage } from './v8-coverage/coverage-probe.ts'
import type { WorkerMessage, WorkerTask } from './worker-messages.ts'

process.on('disconnect', () => process.exit(1))

const [task] = (await once(process, 'message')) as [WorkerTask]

try {
  const probe = await startCoverage()
  // Now, and not ahead of everything: of what is loaded already V8 tells only a part.
  const { executeTask } = await import('./execute-task.ts')

  tell({ type: 'done', result: await executeTask(task, probe, tell) })
} catch (error) {
  tell({ type: 'failed', message: String((error as Error).stack ?? error) })
}

function tell(message: WorkerMessage): void {
  process.send?.(message)
}
