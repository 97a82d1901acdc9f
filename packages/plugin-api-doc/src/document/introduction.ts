/** Stands at the beginning of every document. */
export const introduction = `What you may call, as this server answers at this moment.

**Addresses.** \`/<resource>:<action>\`. The key of a record is \`filterByTk\` in the query, or stands at the end of the
path: \`/todos:get/1\`. An action that reads answers to GET, HEAD and POST, one that writes to POST only. \`list\`, \`get\`,
\`create\`, \`update\` and \`destroy\` answer in the spelling of REST too: \`GET /todos\`, \`GET /todos/1\`, \`POST /todos\`,
\`PATCH /todos/1\`, \`DELETE /todos/1\`.

**Credentials.** Exactly one. \`POST /auth:signIn\` gives a session for a password; API keys are made with it.

**Bodies** are JSON in UTF-8 (\`Content-Type: application/json\`). Unknown members are refused, not ignored.

**Errors** are always \`{"errors":[{"code","message"}]}\`, with \`path\` where the input has a fault. Every answer has an
\`X-Request-Id\`, which is in the log too.`
