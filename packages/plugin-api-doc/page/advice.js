// What to do about an error, by its code, or by its status where the code says no more.

const byCode = {
  EMPTY_TOKEN: 'Paste an API key, a session or a space token at the top of the page.',
  INVALID_TOKEN: 'The key is wrong, or it has ended: paste another one at the top of the page.',
  AMBIGUOUS_CREDENTIALS: 'Send one credential only.',
  NO_PERMISSION:
    'Your roles do not allow it. Whoever manages them can: npx postern role grant <role> <resource> <action>',
  INSUFFICIENT_SCOPE: 'Your key is narrower than your role: make one with the scope that it needs.',
  IP_NOT_ALLOWED: 'The key may be used from other addresses only.',
  EMPTY_FILTER: 'Say which records: filterByTk, or a filter that narrows.',
  INVALID_JSON: 'Correct the body: it has to be JSON.',
  UNKNOWN_FIELD: 'Leave it out, or correct its name: the fields are listed below.',
  READONLY_FIELD: 'Leave it out: the server sets it.',
  RESULT_TOO_LARGE: 'Leave paginate out, and ask page by page.',
  RATE_LIMITED: 'Wait as many seconds as Retry-After says, then send it again.',
}
const byStatus = {
  400: 'Correct what `path` points to, and send it again.',
  401: 'Paste a key that works at the top of the page.',
  403: 'It takes a role that allows it.',
  404: 'It is not there, or you may not see it. Its plugin may have been switched off.',
  409: 'Something else is in the way: the message says what.',
  429: 'Wait a little, then send it again.',
  500: 'A defect of the server: whoever runs it finds it in the log under the request id.',
  503: 'The server cannot answer now: try again in a moment.',
}

export const adviceFor = (status, code) => byCode[code] ?? byStatus[status] ?? ''
