#!/usr/bin/env node
/**
 * The `rendezvous` command. In a checkout it goes through the launcher, which compiles first and
 * finds a Node that is new enough; installed as a package it only says when this one is too old.
 */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const main = new URL('../dist/main.js', import.meta.url)
const launcher = new URL('../../../scripts/launch.mjs', import.meta.url)
const required = packageAt('../package.json').engines.node

if (isCheckout()) {
  const [node, , ...args] = process.argv

  process.argv = [node, fileURLToPath(launcher), '--build', fileURLToPath(main), ...args]
  await import(launcher.href)
} else if (isNewEnough()) {
  await import(main.href)
} else {
  console.error(
    `rendezvous needs Node ${required}, and this is ${process.version}: see https://nodejs.org`
  )
  process.exitCode = 1
}

/** Three levels up from an installed package there is no launcher, or not one of this project. */
function isCheckout() {
  return existsSync(launcher) && packageAt('../../../package.json').name === 'rendezvous-cluster'
}

/** Whether this Node satisfies `engines.node`, written like ">=22.22". */
function isNewEnough() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  const [majorMin, minorMin] = required.match(/\d+/g).map(Number)

  return major > majorMin || (major === majorMin && minor >= minorMin)
}

function packageAt(path) {
  const url = new URL(path, import.meta.url)

  return existsSync(url) ? JSON.parse(readFileSync(url, 'utf8')) : {}
}
