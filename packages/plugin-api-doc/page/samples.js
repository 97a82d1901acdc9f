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
    `const answer = await fetch(${JSON.stringify(url)}, {`,
    `  method: ${JSON.stringify(method)},`,
    '  headers: {',
    `    ${JSON.stringify(header)}: \`${credentialOf(header, '${KEY}')}\`,`,
    ...own,
    '  },',
    ...(body === undefined ? [] : [`  body: ${JSON.stringify(body)},`]),
    '})',
    'console.log(answer.status, await answer.json())',
  ].join('\n')
}

export function python({ method, url, header, headers, body }) {
  const own = Object.entries(headers).map(
    ([name, value]) => `        ${JSON.stringify(name)}: ${JSON.stringify(value)},`,
  )
  return [
    'import os',
    'import requests',
    '',
    'answer = requests.request(',
    `    ${JSON.stringify(method)},`,
    `    ${JSON.stringify(url)},`,
    '    headers={',
    `        ${JSON.stringify(header)}: ${header === 'Authorization' ? '"Bearer " + ' : ''}os.environ["KEY"],`,
    ...own,
    '    },',
    ...(body === undefined ? [] : [`    data=${JSON.stringify(body)}.encode(),`]),
    ')',
    'print(answer.status_code, answer.json())',
  ].join('\n')
}
