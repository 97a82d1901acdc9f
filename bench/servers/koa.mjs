// (b) What one would write by hand: Koa, @koa/router, pg, and jsonwebtoken with a KeyObject on every request.
import { createSecretKey, randomBytes, randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { packageOfCore } from '../built.mjs'
import { announce, create, get, list, listWithoutCount, readBody, refusal } from './todos.mjs'

const Koa = packageOfCore('koa')
const { Router } = packageOfCore('@koa/router')
const jwt = packageOfCore('jsonwebtoken')

const newKey = () => createSecretKey(randomBytes(32))
const key = newKey()
const mint = (secret) => jwt.sign({ userId: 2, roleName: 'todos', jti: randomUUID() }, secret, { expiresIn: '30d' })

const app = new Koa()
app.use(async (context, next) => {
  try {
    context.state.claims = jwt.verify(context.get('authorization').slice('Bearer '.length), key, {
      algorithms: ['HS256'],
    })
  } catch {
    context.status = 401
    context.type = 'json'
    context.body = refusal
    return
  }
  await next()
})

const router = new Router({ prefix: '/api' })
router.get('/todos\\:list', async (context) => {
  context.body = await (context.query.count === 'false' ? listWithoutCount() : list())
})
router.get('/todos\\:get', async (context) => {
  const body = await get(context.query.filterByTk)
  if (body.data !== undefined) context.body = body
})
router.post('/todos\\:create', async (context) => {
  context.body = await create(await readBody(context.req))
})
app.use(router.routes())

announce(createServer(app.callback()), { token: mint(key), wrongToken: mint(newKey()) })
