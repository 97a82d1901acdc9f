import { defineErrors } from './errors.js'

/** The closed set of errors that the HTTP contract names (§6). Their codes carry no prefix. */
export const wire = defineErrors('', {
  INVALID_JSON: { status: 400, message: 'The body is not valid JSON: {problem}' },
  INVALID_QUERY: { status: 400, message: 'The query string is not valid: {problem}' },
  INVALID_FILTER: { status: 400, message: 'The filter is not valid: {problem}' },
  INVALID_SORT: { status: 400, message: 'The sort order is not valid: {problem}' },
  INVALID_FIELDS: { status: 400, message: 'The list of fields is not valid: {problem}' },
  INVALID_PAGE: { status: 400, message: 'The page is not valid: {problem}' },
  INVALID_VALUE: { status: 400, message: '{problem}' },
  UNKNOWN_FIELD: { status: 400, message: 'There is no field "{name}"' },
  READONLY_FIELD: { status: 400, message: 'The field "{name}" is set by the server and cannot be written' },
  EMPTY_FILTER: { status: 400, message: 'Say which records: a key or a filter that narrows is required' },
  RESULT_TOO_LARGE: {
    status: 400,
    message: 'The result has more than {limit}; ask for less of it, page by page or with fewer fields',
  },
  AMBIGUOUS_CREDENTIALS: { status: 400, message: 'The request carries more than one credential; send exactly one' },
  EMPTY_TOKEN: { status: 401, message: 'This call needs a credential. Please sign in or send a key.' },
  INVALID_TOKEN: { status: 401, message: 'Your session has expired. Please sign in again.' },
  INVALID_CREDENTIALS: { status: 401, message: 'The account or the password is not right.' },
  NO_PERMISSION: { status: 403, message: 'You have no permission for {target}' },
  INSUFFICIENT_SCOPE: { status: 403, message: 'The scope of this credential does not cover {target}' },
  IP_NOT_ALLOWED: { status: 403, message: 'This credential may not be used from your address' },
  NOT_FOUND: { status: 404, message: 'Not found{hint}' },
  METHOD_NOT_ALLOWED: { status: 405, message: 'This address does not answer to {method}' },
  REQUEST_TIMEOUT: { status: 408, message: 'The request took too long to arrive' },
  PAYLOAD_TOO_LARGE: { status: 413, message: 'The body is larger than {limit} bytes' },
  URI_TOO_LONG: { status: 414, message: 'The address is longer than {limit} bytes' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, message: 'The body must be JSON in UTF-8 (Content-Type: application/json)' },
  HEADERS_TOO_LARGE: { status: 431, message: 'The request has more than {limit} headers' },
  CONFLICT: { status: 409, message: '{problem}' },
  RATE_LIMITED: { status: 429, message: 'Too many requests; try again in {seconds} s' },
  UNAVAILABLE: { status: 503, message: 'The server cannot answer right now; try again shortly' },
  INTERNAL: { status: 500, message: 'Something went wrong on our side; the request id finds it in the log' },
})

/** 404 as it is for a record that is not there and for one that may not be seen: equal to the byte. */
export const notFound = () => wire.NOT_FOUND({ hint: '' })
