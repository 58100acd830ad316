import type { ClusterOverview } from '../cluster-overview.ts'
import { html } from './html.ts'
import type { PageAssets } from './page-assets.ts'
import { renderOverview } from './render-overview.ts'

/** How often the page is loaded again where it cannot change itself, in seconds. */
const RELOAD_SECONDS = 5

/** The whole status page, whose addresses are relative, so that a proxy may serve it below a path. */
export function renderPage(overview: ClusterOverview, assets: PageAssets): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Rendezvous cluster</title>
<link rel="icon" type="image/svg+xml" href="${assets.path('icon.svg')}">
<link rel="stylesheet" href="${assets.path('page.css')}">
<script defer src="${assets.path('page.js')}"></script>
<noscript><meta http-equiv="refresh" content="${RELOAD_SECONDS}"></noscript>
</head>
<body>
<header>
<h1>Rendezvous cluster</h1>
<p class="live" id="live" role="status"><noscript>Loaded again each ${RELOAD_SECONDS} seconds</noscript></p>
</header>
<main>
<div id="charts" hidden></div>
<div id="overview">
${renderOverview(overview)}
</div>
</main>
<footer>
<p>Figures are of the whole cluster over the last seconds, each node counted once.
As JSON: <a href="api/v1/status">status</a>, <a href="api/v1/node">this node</a>; for Prometheus: <a href="metrics">metrics</a>.</p>
</footer>
</body>
</html>
`.text
}
