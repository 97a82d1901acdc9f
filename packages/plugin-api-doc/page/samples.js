// A call as a person would write it. The key itself is never in it: whoever pastes it somewhere shows nobody a secret.

const quoted = (text) => `'${text.replaceAll("'", String.raw`'\''`)}'`

const credentialOf = (header, key) => (header === 'Authorization' ? `Bearer ${key}` : key)

export function curl({ method, url, header, headers, body }) {
  const lines = [
    `curl${method === 'GET' ? '' : ` -X ${method}`} ${quoted(url)}`,
    `-H "${header}: ${credentialOf(header, '$KEY')}"`,
    ...Object.entries(headers).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    ...(body === undefined ? [] : [`-d ${quoted(body)}`]),
  ]
  return lines.join(' \\\n  ')
}

export function javascript({ method, url, header, headers, body }) {
  const own = Object.entries(headers).map(([name, value]) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)},`)
  return [
    'const KEY = process.env.KEY // in a browser: ask for it',
    `const answer = await fetch(${JSON.stringify(url)}, {`,
    `  method: ${JSON.stringify(method)},`,
    '  headers: {',
    `    ${JSON.stringify(header)}: \`${credentialOf(header, '${KEY}')}\`,`,
    ...own,
    '  },',
    ...(body === undefined ? [] : [`  body: ${JSON.stringify(body)},`]),
    '})',
    'console.log(answer.status, await answer.text())',
  ].join('\n')
}

/** With what Python brings itself: there is nothing to install. */
export function python({ method, url, header, headers, body }) {
  const own = Object.entries(headers).map(
    ([name, value]) => `        ${JSON.stringify(name)}: ${JSON.stringify(value)},`,
  )
  return [
    'import os',
    'from urllib.error import HTTPError',
    'from urllib.request import Request, urlopen',
    '',
    'request = Request(',
    `    ${JSON.stringify(url)},`,
    `    method=${JSON.stringify(method)},`,
    '    headers={',
    `        ${JSON.stringify(header)}: ${header === 'Authorization' ? '"Bearer " + ' : ''}os.environ["KEY"],`,
    ...own,
    '    },',
    ...(body === undefined ? [] : [`    data=${JSON.stringify(body)}.encode(),`]),
    ')',
    'try:',
    '    answer = urlopen(request)',
    'except HTTPError as refusal:',
    '    answer = refusal',
    'print(answer.status, answer.read().decode())',
  ].join('\n')
}
