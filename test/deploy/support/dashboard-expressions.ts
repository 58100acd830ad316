import { rendezvousDashboard } from '../../../deploy/grafana/rendezvous-dashboard.ts'

export interface DashboardExpression {
  /** Title of the panel. */
  title: string
  expr: string
}

/** Every query of the dashboard, with values in place of Grafana's variables. */
export function dashboardExpressions(): DashboardExpression[] {
  return (rendezvousDashboard().panels ?? []).flatMap((panel) =>
    'targets' in panel
      ? (panel.targets ?? []).map((target) => ({
          title: panel.title ?? '',
          expr: withValues((target as { expr?: string }).expr ?? '')
        }))
      : []
  )
}

function withValues(expr: string): string {
  return expr.replaceAll('$__rate_interval', '1m').replaceAll('$instance', '.*')
}
