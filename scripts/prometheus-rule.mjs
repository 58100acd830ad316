// Makes the rules of Prometheus an object that its operator reads. The output is checked in and never edited.
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'

const RULES = 'deploy/prometheus/rules.yml'
const OUTPUT = 'deploy/k8s/components/monitoring/prometheus-rule.yaml'

const HEAD = `# Made by \`npm run generate\` of ${RULES}: change that file.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: front
  labels:
    app.kubernetes.io/name: rendezvous-cluster
    app.kubernetes.io/component: front
spec:
`

/** @param {URL} root - folder of the project, with a slash at its end */
export async function writePrometheusRule(root) {
  const rules = new URL(RULES, root)
  const text = existsSync(rules) ? await readFile(rules, 'utf8') : 'groups: []\n'

  await writeFile(new URL(OUTPUT, root), HEAD + text.replaceAll(/^(?=.)/gm, '  '))
  console.log(`${RULES} -> ${OUTPUT}`)
}
