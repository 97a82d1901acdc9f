import type { Transaction } from './executor.js'
import { seeing } from './seeing.js'

/** A transaction that writes down what changes the schema, for a rehearsal that is rolled back. */
export function recordSchemaChanges(transaction: Transaction, record: (text: string) => void): Transaction {
  const note = (text: string): void => {
    if (/^\s*(CREATE|ALTER|DROP|COMMENT|TRUNCATE)\b/i.test(text)) record(text.replace(/\s+/g, ' ').trim())
  }
  const recorded: Transaction = {
    run: (statement) => {
      note(statement.text)
      return transaction.run(statement)
    },
    transaction: (work, sight) => work(sight ? seeing(recorded, sight) : recorded),
    afterCommit: transaction.afterCommit,
    schema: {
      editor: transaction.schema.editor,
      options: {
        ...transaction.schema.options,
        // Sequelize begins each line with "Executing (id): ".
        logging: (text) => note(text.replace(/^Executing \([^)]*\): /, '')),
      },
    },
  }
  return recorded
}
