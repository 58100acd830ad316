// Removes what was compiled, so that nothing of a renamed or deleted source is left.
import { glob, rm } from 'node:fs/promises'

for await (const folder of glob('{libs,apps}/*/dist')) {
  await rm(folder, { recursive: true })
}
