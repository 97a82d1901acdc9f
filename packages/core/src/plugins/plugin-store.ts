import { z } from 'zod'
import type { Connection } from '../database/connection.js'
import type { Executor } from '../database/executor.js'

const rowSchema = z.object({
  name: z.string(),
  enabled: z.boolean(),
  installed: z.boolean(),
  version: z.string().nullable(),
  options: z.record(z.string(), z.unknown()),
  error: z.string().nullable(),
})
/** What operators decided about a plugin: the truth that every node follows. */
export type PluginRow = z.infer<typeof rowSchema>

export interface HistoryEntry {
  readonly plugin: string
  readonly action: string
  readonly by: string
  readonly result: 'done' | 'failed'
  readonly error: string | null
}

const historySchema = z.object({
  at: z.string().transform((text) => text.replace(/(\.\d{3})\d*Z$/, '$1Z')),
  plugin: z.string(),
  action: z.string(),
  by: z.string(),
  result: z.enum(['done', 'failed']),
  error: z.string().nullable(),
})

const columns = 'name, enabled, installed, version, options, error'

/** The table of plugins. */
export class PluginStore {
  constructor(private readonly connection: Connection) {}

  async all(executor: Executor = this.connection): Promise<PluginRow[]> {
    const { rows } = await executor.run({ text: `SELECT ${columns} FROM postern.plugins ORDER BY name`, values: [] })
    return rows.map((row) => rowSchema.parse(row))
  }

  async find(name: string, executor: Executor = this.connection): Promise<PluginRow | undefined> {
    const { rows } = await executor.run({
      text: `SELECT ${columns} FROM postern.plugins WHERE name = $1`,
      values: [name],
    })
    return rows[0] && rowSchema.parse(rows[0])
  }

  async save({ name, enabled, installed, version, options, error }: PluginRow, executor: Executor): Promise<void> {
    await executor.run({
      text: `INSERT INTO postern.plugins (${columns}) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (name) DO UPDATE SET enabled = $2, installed = $3, version = $4, options = $5, error = $6, updated_at = now()`,
      values: [name, enabled, installed, version, JSON.stringify(options), error],
    })
  }

  /** The plugin is as if it had never been decided about; that `install` ran is remembered, since its tables are there. */
  async forget(name: string, executor: Executor): Promise<void> {
    await executor.run({
      text: `UPDATE postern.plugins SET enabled = false, options = '{}', error = NULL WHERE name = $1`,
      values: [name],
    })
  }

  async remove(name: string, executor: Executor): Promise<void> {
    await executor.run({ text: 'DELETE FROM postern.plugins WHERE name = $1', values: [name] })
  }

  async setError(name: string, error: string | null): Promise<void> {
    await this.connection.run({ text: 'UPDATE postern.plugins SET error = $2 WHERE name = $1', values: [name, error] })
  }

  async record({ plugin, action, by, result, error }: HistoryEntry, executor: Executor): Promise<void> {
    await executor.run({
      text: 'INSERT INTO postern.plugin_history (plugin, action, by, result, error) VALUES ($1, $2, $3, $4, $5)',
      values: [plugin, action, by, result, error],
    })
  }

  /** The newest entries first. */
  async history(limit = 200): Promise<(HistoryEntry & { readonly at: string })[]> {
    const { rows } = await this.connection.run({
      text: 'SELECT at, plugin, action, by, result, error FROM postern.plugin_history ORDER BY id DESC LIMIT $1',
      values: [limit],
    })
    return rows.map((row) => historySchema.parse(row))
  }

  async isSet(name: string): Promise<boolean> {
    const { count } = await this.connection.run({
      text: 'SELECT 1 FROM postern.settings WHERE name = $1',
      values: [name],
    })
    return count > 0
  }

  /** A setting of the database; what was set first stays. */
  async set(name: string, value: unknown): Promise<void> {
    await this.connection.run({
      text: 'INSERT INTO postern.settings (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING',
      values: [name, JSON.stringify(value)],
    })
  }
}
