import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog'
import {
  BigValueColorMode,
  BigValueGraphMode,
  type DataSourceRef,
  LegendDisplayMode,
  LegendPlacement,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder
} from '@grafana/grafana-foundation-sdk/common'
import {
  MappingType,
  type Panel,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type ValueMapping
} from '@grafana/grafana-foundation-sdk/dashboard'
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus'
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat'
import { PanelBuilder as StateTimelineBuilder } from '@grafana/grafana-foundation-sdk/statetimeline'
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table'
import { PanelBuilder as TimeSeriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries'
import { DurationSeconds, NoUnit } from '@grafana/grafana-foundation-sdk/units'

/** The grid is 24 wide. */
const STAT_SIZE = { width: 4, height: 4 }
const GRAPH_SIZE = { width: 12, height: 8 }

/** The one that is chosen on the dashboard. */
export const DATASOURCE: DataSourceRef = { type: 'prometheus', uid: `\${datasource}` }

/** A query, and the legend of its series, such as `{{instance}}`. */
export type Query = [expression: string, legend: string]

interface PanelInit {
  title: string
  /** Shown where the pointer rests on the title. */
  description: string
}

export interface GraphInit extends PanelInit {
  unit: string
  queries: Query[]
  /** Highest value of the axis. */
  max?: number
}

/** Lines over time. Two fit side by side. */
export function graph({ title, description, unit, queries, max }: GraphInit): TimeSeriesBuilder {
  const panel = new TimeSeriesBuilder()
    .title(title)
    .description(description)
    .datasource(DATASOURCE)
    .span(GRAPH_SIZE.width)
    .height(GRAPH_SIZE.height)
    .unit(unit)
    .min(0)
    .fillOpacity(8)
    .showPoints(VisibilityMode.Never)
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.Table)
        .placement(LegendPlacement.Right)
        .showLegend(true)
        .calcs(['lastNotNull', 'max'])
    )
    .tooltip(
      new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending)
    )

  if (max !== undefined) {
    panel.max(max)
  }

  return withQueries(panel, queries)
}

/** Areas on top of each other, whose upper edge is the sum. */
export function stackedGraph(init: GraphInit): TimeSeriesBuilder {
  return graph(init).fillOpacity(40).stacking(new StackingConfigBuilder().mode(StackingMode.Normal))
}

export interface StatInit extends PanelInit {
  unit: string
  expression: string
  /** Below it the figure is red. Default: no value is wrong. */
  greenFrom?: number
  /** From it on the figure is red. Default: no value is wrong. */
  redFrom?: number
}

/** One figure, as it is now. Six fit side by side. */
export function stat(init: StatInit): StatBuilder {
  const { title, description, unit, expression } = init
  const panel = new StatBuilder()
    .title(title)
    .description(description)
    .datasource(DATASOURCE)
    .span(STAT_SIZE.width)
    .height(STAT_SIZE.height)
    .unit(unit)
    .colorMode(BigValueColorMode.Value)
    .graphMode(BigValueGraphMode.Area)
    .thresholds(new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(colorSteps(init)))

  return withQueries(panel, [[expression, '']])
}

function colorSteps({ greenFrom, redFrom }: StatInit): { value: number | null; color: string }[] {
  const lowest = { value: null, color: greenFrom === undefined ? 'green' : 'red' }
  const further = [
    { value: greenFrom, color: 'green' },
    { value: redFrom, color: 'red' }
  ].flatMap(({ value, color }) => (value === undefined ? [] : [{ value, color }]))

  return [lowest, ...further]
}

/** Whether something was up, over time: 1 or 0. */
export function upOrDown({
  texts: [zero, one] = ['down', 'up'],
  ...init
}: PanelInit & { queries: Query[]; texts?: [zero: string, one: string] }): StateTimelineBuilder {
  const mapping: ValueMapping = {
    type: MappingType.ValueToText,
    options: { 0: { text: zero, color: 'red' }, 1: { text: one, color: 'green' } }
  }
  const panel = new StateTimelineBuilder()
    .title(init.title)
    .description(init.description)
    .datasource(DATASOURCE)
    .span(GRAPH_SIZE.width)
    .height(GRAPH_SIZE.height)
    .unit(NoUnit)
    .mappings([mapping])
    .mergeValues(true)
    .showValue(VisibilityMode.Never)

  return withQueries(panel, init.queries)
}

export interface TableInit extends PanelInit {
  /** Labels that tell its lines, and what the columns are called. */
  labels: Record<string, string>
  /** Expression whose labels are shown. */
  info: string
  /** Expression in seconds, and what its column is called. */
  duration: Query
}

/** What is known of each node now, joined by its labels. */
export function table({ title, description, labels, info, duration }: TableInit): TableBuilder {
  const [durationExpression, durationName] = duration

  return new TableBuilder()
    .title(title)
    .description(description)
    .datasource(DATASOURCE)
    .span(24)
    .height(GRAPH_SIZE.height)
    .withTarget(instant(info, 'A'))
    .withTarget(instant(durationExpression, 'B'))
    .withTransformation({ id: 'joinByField', options: { byField: 'instance', mode: 'outer' } })
    .withTransformation({
      id: 'filterFieldsByName',
      options: { include: { names: [...Object.keys(labels), 'Value #B'] } }
    })
    .withTransformation({
      id: 'organize',
      options: { renameByName: { ...labels, 'Value #B': durationName } }
    })
    .overrideByName(durationName, [{ id: 'unit', value: DurationSeconds }])
}

function instant(expression: string, refId: string): DataqueryBuilder {
  return new DataqueryBuilder()
    .datasource(DATASOURCE)
    .expr(expression)
    .instant()
    .format(PromQueryFormat.Table)
    .refId(refId)
}

interface Targets extends Builder<Panel> {
  withTarget(target: Builder<Dataquery>): this
}

function withQueries<P extends Targets>(panel: P, queries: Query[]): P {
  for (const [index, [expression, legend]] of queries.entries()) {
    panel.withTarget(
      new DataqueryBuilder()
        .datasource(DATASOURCE)
        .expr(expression)
        .range()
        .legendFormat(legend)
        .refId(String.fromCharCode('A'.charCodeAt(0) + index))
    )
  }

  return panel
}
