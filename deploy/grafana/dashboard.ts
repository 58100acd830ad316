// Writes dashboard.json, which is checked in and never edited: `npm run dashboard`.
import { writeFile } from 'node:fs/promises'
import { rendezvousDashboard } from './rendezvous-dashboard.ts'

await writeFile(
  new URL('dashboard.json', import.meta.url),
  `${JSON.stringify(rendezvousDashboard(), null, 2)}\n`
)
