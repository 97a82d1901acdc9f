import { rowsOf } from '../../acl/permission.js'
import { notFound, wire } from '../../kernel/wire-errors.js'
import { Reply } from '../action.js'
import { updateRecords } from '../crud/writing.js'
import { Write } from '../write.js'
import { addressOf } from '../../database/resolve-relation.js'
import type { AssociationAction, AssociationCall } from './association.js'
import { linkablesOf, type Linkable } from './linked-ids.js'
import { Linking, refuseKeyless } from './linking.js'
import { parentOf } from './parent.js'

type Change = (linking: Linking, named: readonly Linkable[] | undefined, isOne: boolean) => Promise<void>

const needed = (): Error =>
  wire.INVALID_VALUE({ problem: 'which records is said by the body, such as [1, 2], or by filterByTk' })

const isIn = (list: readonly Linkable[]) => {
  const ids = new Set(list.map(({ id }) => String(id)))
  return ({ id }: Linkable): boolean => ids.has(String(id))
}

const add: Change = async (linking, named, isOne) => {
  if (!named) throw needed()
  await (isOne ? linking.set(named) : linking.add(named))
}

const set: Change = async (linking, named) => {
  if (!named) throw needed()
  await linking.set(named)
}

/** Of one record it need not be said which. */
const remove: Change = async (linking, named, isOne) => {
  const current = await linking.current()
  if (!named && !isOne) throw needed()
  if (named?.every(isIn(current)) === false) throw notFound()
  await linking.remove(named ?? current)
}

const toggle: Change = async (linking, named, isOne) => {
  if (!named) throw needed()
  const current = await linking.current()
  const fresh = named.filter((linkable) => !isIn(current)(linkable))
  await linking.remove(named.filter(isIn(current)))
  await (isOne && fresh.length > 0 ? linking.set(fresh) : linking.add(fresh))
}

async function run(association: AssociationCall, change: Change): Promise<Reply> {
  const { call, relation, context } = association
  const { source, target, many } = relation
  await context.executor.transaction(async (executor) => {
    const rows = rowsOf(call.permission, source, call.principal, call.clock.now())
    const parent = await parentOf(association, executor, { locked: true, rows })
    const named = await linkablesOf(association, executor)
    if (!many && named && named.length > 1) {
      throw wire.INVALID_VALUE({ problem: `${addressOf(relation)} leads to one record` })
    }
    refuseKeyless(association, parent)
    const hooked = { ...association, context: { ...context, executor } }
    const write = new Write(
      hooked.context,
      target,
      { ...call, permission: { ...call.permission, values: undefined } },
      undefined,
    )
    await write.hook(executor, { filterByTk: named?.map(({ id }) => id) ?? null })
    await change(new Linking(hooked, executor, parent, updateRecords), named, !many)
    write.tell([])
  })
  return new Reply({ data: 'ok' })
}

const linkAction = (name: string, summary: string, change: Change): AssociationAction => ({
  name,
  summary,
  reads: false,
  links: true,
  run: (association) => run(association, change),
})

export const linkActions: readonly AssociationAction[] = [
  linkAction('add', 'Relate records', add),
  linkAction('set', 'Relate exactly these records', set),
  linkAction('remove', 'Take relations away; the records stay', remove),
  linkAction(
    'toggle',
    'Relate the records that are not related, and take away the relations of those that are',
    toggle,
  ),
]
