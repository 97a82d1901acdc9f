import { Cron } from 'croner'
import type { Connection } from '../database/connection.js'
import { liveFor } from '../database/node-list.js'
import { registrationPlace } from '../kernel/blame.js'
import type { Clock } from '../kernel/clock.js'
import { defineErrors } from '../kernel/errors.js'
import type { Logger } from '../kernel/logger.js'
import type { Disposer, Scope } from '../kernel/scope.js'

const errors = defineErrors('JOB', {
  SCHEDULE: {
    status: 500,
    message: 'Plugin "{plugin}" registered a job with the schedule "{schedule}", which cannot be read',
    hint: 'every() takes 30s, 10m, 1h or 1d; cron() takes five or six fields, in UTC.',
  },
})

export interface JobOptions {
  /** `one` (the standard): on exactly one node each time. `each`: on every node. */
  readonly nodes?: 'one' | 'each'
}

/** When a job is due: the next time after an instant, in milliseconds since 1970; undefined when never again. */
type NextTime = (after: number) => number | undefined

const units = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const isUnit = (text: string | undefined): text is keyof typeof units => text !== undefined && text in units

/** Aligned to the clock, so that all nodes mean the same times. */
function everyTime(interval: string): NextTime | undefined {
  const [, count = '0', unit] = /^(\d{1,6})(s|m|h|d)$/.exec(interval) ?? []
  if (!isUnit(unit) || Number(count) === 0) return undefined
  const length = Number(count) * units[unit]
  return (after) => (Math.floor(after / length) + 1) * length
}

function cronTime(pattern: string): NextTime | undefined {
  try {
    const cron = new Cron(pattern, { timezone: 'UTC', paused: true })
    return (after) => cron.nextRun(new Date(after))?.getTime()
  } catch {
    return undefined
  }
}

interface Job {
  readonly name: string
  readonly next: NextTime
  readonly run: () => unknown
  readonly nodes: 'one' | 'each'
  readonly scope: Scope
  readonly registeredAt: string | undefined
}

export interface SchedulerParts {
  readonly connection: Connection
  readonly clock: Clock
  readonly log: Logger
  readonly nodeId: string
}

/** Runs plugins' jobs at their times. Among nodes, each time of a job is claimed by exactly one of them, in the database. */
export class JobScheduler {
  readonly #counts = new Map<string, number>()
  /** What takes back each wait that is under way. */
  readonly #waits = new Set<() => void>()
  /** Names of those that run here at this moment. */
  readonly #running = new Set<string>()
  /** Commands have jobs registered but run none. */
  isRunning = false

  constructor(private readonly parts: SchedulerParts) {}

  every(interval: string, run: () => unknown, options: JobOptions, scope: Scope): Disposer {
    return this.#add(interval, everyTime(interval), run, options, scope)
  }

  cron(pattern: string, run: () => unknown, options: JobOptions, scope: Scope): Disposer {
    return this.#add(pattern, cronTime(pattern), run, options, scope)
  }

  #add(
    schedule: string,
    next: NextTime | undefined,
    run: () => unknown,
    { nodes = 'one' }: JobOptions,
    scope: Scope,
  ): Disposer {
    if (!next) throw errors.SCHEDULE({ plugin: scope.owner, schedule })
    // The same on every node: plugins register their jobs in the same order everywhere.
    const number = (this.#counts.get(scope.owner) ?? 0) + 1
    const job: Job = {
      name: `${scope.owner}#${number} ${schedule}`,
      next,
      run,
      nodes,
      scope,
      registeredAt: registrationPlace(),
    }
    return scope.effect(`job ${schedule}`, () => {
      this.#counts.set(scope.owner, number)
      const cancel = this.#schedule(job)
      return () => {
        this.#counts.set(scope.owner, (this.#counts.get(scope.owner) ?? 1) - 1)
        cancel()
      }
    })
  }

  /** How many jobs wait for their time: what a leak test compares. */
  get size(): number {
    return this.#waits.size
  }

  #schedule(job: Job): () => void {
    let cancel: (() => void) | undefined
    const forget = (): void => {
      if (cancel) this.#waits.delete(cancel)
      cancel?.()
    }
    const wait = (): void => {
      const now = this.parts.clock.now()
      const due = job.next(now)
      if (due === undefined) return
      cancel = this.parts.clock.after(due - now, () => {
        forget()
        // A wait that was cut short, or a clock that was set back: not yet.
        if (this.parts.clock.now() >= due) void this.#runDue(job, due)
        wait()
      })
      this.#waits.add(cancel)
    }
    wait()
    return forget
  }

  async #runDue(job: Job, due: number): Promise<void> {
    if (!this.isRunning || !job.scope.active) return
    const { log } = this.parts
    // Two runs of the same job at once would be in each other's way.
    if (this.#running.has(job.name)) return log.debug({ job: job.name }, 'A job still runs; this time is left out')
    job.scope.enter()
    this.#running.add(job.name)
    try {
      if (job.nodes === 'each') await job.run()
      else if (await this.#claim(job.name, due)) await this.#runClaimed(job)
    } catch (error) {
      log.error(
        { err: error, plugin: job.scope.owner, job: job.name, registeredAt: job.registeredAt },
        `A job of plugin "${job.scope.owner}" failed`,
      )
    } finally {
      this.#running.delete(job.name)
      job.scope.leave()
    }
  }

  async #runClaimed({ name, run }: Job): Promise<void> {
    try {
      await run()
    } finally {
      await this.#release(name)
    }
  }

  /** @returns whether this node runs the job at this time. Not while another one still does, as long as that one lives */
  async #claim(job: string, due: number): Promise<boolean> {
    const { count } = await this.parts.connection.run({
      text: `INSERT INTO postern.job_runs AS last (job, due, node, running) VALUES ($1, $2, $3, true)
             ON CONFLICT (job) DO UPDATE SET due = $2, node = $3, running = true, at = now()
             WHERE last.due < $2 AND (NOT last.running OR last.node = $3 OR NOT EXISTS (
               SELECT FROM postern.nodes
               WHERE id = last.node AND seen_at > clock_timestamp() - $4::int * interval '1 millisecond'))`,
      values: [job, due, this.parts.nodeId, liveFor],
    })
    return count > 0
  }

  async #release(job: string): Promise<void> {
    const text = 'UPDATE postern.job_runs SET running = false WHERE job = $1 AND node = $2'
    await this.parts.connection.run({ text, values: [job, this.parts.nodeId] }).catch((error: unknown) =>
      // It is taken for one that still runs until this node claims it again, or is gone.
      this.parts.log.warn({ err: error, job }, 'The end of a job could not be stored'),
    )
  }
}
