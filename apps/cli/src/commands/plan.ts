import { ExitCode } from '@rendezvous-cluster/front'
import { Command, InvalidArgumentError, Option } from 'commander'
import { toCount, toPositiveNumber } from '../client-options.ts'
import { describePlan } from '../plan/describe-plan.ts'
import { type Demand, type PlanLimits, planCluster } from '../plan/plan-cluster.ts'
import { UNIT_COSTS } from '../plan/unit-costs.ts'

/** A peer that refreshes at half of its TTL survives one refresh that is lost. */
const REFRESHES_PER_TTL = 2

type PlanOptions = Omit<Demand, 'refreshEvery'> & { refreshEvery?: number } & PlanLimits & {
    json?: boolean
  }

/** `rendezvous plan` */
export function planCommand(): Command {
  return new Command('plan')
    .description(
      'How many nodes, cores and Redis primaries so many peers take, and what of it was measured.'
    )
    .addOption(
      new Option('--peers <n>', 'peers connected at a time')
        .argParser(toCount)
        .makeOptionMandatory()
    )
    .addOption(
      new Option('--ttl <seconds>', 'of their registrations')
        .argParser(toPositiveNumber)
        .default(20)
    )
    .addOption(
      new Option('--namespaces <n>', 'that each of them is registered in')
        .argParser(toCount)
        .default(1)
    )
    .addOption(
      new Option('--namespace-size <n>', 'registrations in each namespace')
        .argParser(toCount)
        .default(1000)
    )
    .addOption(
      new Option(
        '--refresh-every <seconds>',
        'between two REGISTERs (default: half of --ttl)'
      ).argParser(toPositiveNumber)
    )
    .addOption(
      new Option('--discover-every <seconds>', 'between two DISCOVERs of a peer')
        .argParser(toPositiveNumber)
        .default(60)
    )
    .addOption(
      new Option('--limit <n>', 'registrations in an answer').argParser(toCount).default(50)
    )
    .addOption(
      new Option('--session <seconds>', 'how long a peer stays connected')
        .argParser(toPositiveNumber)
        .default(3600)
    )
    .addOption(
      new Option('--connections-per-node <n>', 'as --max-connections of each node')
        .argParser(toCount)
        .default(10_000)
    )
    .addOption(
      new Option(
        '--utilization <share>',
        'of a core that is planned with, up to 1; the rest is for peaks'
      )
        .argParser(toShare)
        .default(0.5)
    )
    .addOption(
      new Option('--spare-nodes <n>', 'nodes that may be down').argParser(toCountOrNone).default(1)
    )
    .addOption(new Option('--json', 'print JSON'))
    .action(
      (
        { json, connectionsPerNode, utilization, spareNodes, ...asked }: PlanOptions,
        command: Command
      ) => {
        const limits = { connectionsPerNode, utilization, spareNodes }
        const demand = {
          ...asked,
          refreshEvery: asked.refreshEvery ?? asked.ttl / REFRESHES_PER_TTL
        }
        const plan = planOrEnd(command, demand, limits)

        process.stdout.write(
          json
            ? `${JSON.stringify({ demand, limits, plan, unitCosts: UNIT_COSTS })}\n`
            : describePlan({ demand, limits, plan }, UNIT_COSTS)
        )
      }
    )
}

function planOrEnd(command: Command, demand: Demand, limits: PlanLimits) {
  try {
    return planCluster(demand, limits, UNIT_COSTS)
  } catch (error) {
    // As a bad option does it.
    return command.error(`error: ${(error as Error).message}`, { exitCode: ExitCode.BAD_CONFIG })
  }
}

function toCountOrNone(text: string): number {
  return text === '0' ? 0 : toCount(text)
}

function toShare(text: string): number {
  const value = toPositiveNumber(text)

  if (value > 1) {
    throw new InvalidArgumentError('give a number above 0, and up to 1.')
  }

  return value
}
