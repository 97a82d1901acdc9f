// (a) The least that could answer: node:http and pg, Postern's statements, no authentication, no checks.
import { createServer } from 'node:http'
import { announce, create, get, list, listWithoutCount, readBody, refusal } from './todos.mjs'

async function answer(request) {
  const { url } = request
  if (url.startsWith('/api/todos:get?filterByTk=')) return get(url.slice('/api/todos:get?filterByTk='.length))
  if (url === '/api/todos:list') return list()
  if (url === '/api/todos:list?count=false') return listWithoutCount()
  if (url === '/api/todos:create' && request.method === 'POST') return create(await readBody(request))
  return undefined
}

function send(response, status, text) {
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
  })
  response.end(text)
}

const server = createServer(async (request, response) => {
  if (request.url === '/api/refused') return send(response, 401, refusal)
  try {
    const body = await answer(request)
    if (body?.data === undefined) send(response, 404, '{"errors":[{"message":"Not found"}]}')
    else send(response, 200, JSON.stringify(body))
  } catch (error) {
    console.error(error)
    send(response, 500, '{"errors":[{"message":"Failed"}]}')
  }
})

announce(server, {})
