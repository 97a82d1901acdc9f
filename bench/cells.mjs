// What is asked of each server in each cell, and what Postern must reach of the bare handler.
export const cellNames = ['list', 'listNoCount', 'get', 'create', '401']
export const serverNames = ['postern', 'node', 'koa']

/** Of what the bare handler answers at 32 connections. */
export const targets = { list: 0.8, listNoCount: 0.8, get: 0.8, create: 0.7, 401: 0.3 }
export const targetConnections = 32

const requests = {
  list: { method: 'GET', path: '/api/todos:list' },
  listNoCount: { method: 'GET', path: '/api/todos:list?count=false' },
  get: { method: 'GET', path: '/api/todos:get?filterByTk={id}' },
  create: { method: 'POST', path: '/api/todos:create', body: JSON.stringify({ title: 'eat food' }) },
  401: { method: 'GET', path: '/api/todos:list' },
}

/** The request of a cell to a server that said where it listens and with which credentials. */
export function requestOf(cell, { token, wrongToken }, ids) {
  const sent = cell === '401' ? wrongToken : token
  // The bare handler knows no credentials: there a refusal is an address.
  const path = cell === '401' && wrongToken === undefined ? '/api/refused' : requests[cell].path
  return { ...requests[cell], path, ids, headers: sent === undefined ? {} : { Authorization: `Bearer ${sent}` } }
}
