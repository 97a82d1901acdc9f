// The load: HTTP/1.1 over plain sockets, keep-alive, closed loop (each connection asks again once it has its answer).
// A process of its own, told by messages what to ask; it answers with how much was answered, or why the slice is void.
import net from 'node:net'

/** Each of so many answers is parsed and looked at in full; all are checked for status, length and first and last byte. */
const lookEvery = 64

const checks = {
  list: ({ data, meta }) => data.length === 20 && meta.count >= 10_000,
  listInSpace: ({ data, meta }) => data.length === 20 && meta.count === 100,
  listNoCount: ({ data, meta }) => data.length === 20 && meta.hasNext === true,
  get: ({ data }, id) => Number(data.id) === id && typeof data.title === 'string',
  create: ({ data }) => Number(data.id) > 10_000 && typeof data.createdAt === 'string',
  401: ({ errors }) => errors.length > 0,
}

/** The bytes of a request; where the path has `{id}`, a random one is put in. */
function requestMaker({ method, path, headers, body = '', ids }) {
  const length = body === '' ? '' : `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n`
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const text = `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${lines.join('')}${length}\r\n${body}`
  const [before, after] = text.split('{id}')
  if (after === undefined) return () => ({ text })
  return () => {
    const id = 1 + Math.floor(Math.random() * ids)
    return { text: before + id + after, id }
  }
}

/** One answer at the beginning of the text, or undefined while there is more to come. */
function parseAnswer(text) {
  const end = text.indexOf('\r\n\r\n')
  if (end === -1) return undefined
  const head = text.slice(0, end)
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
  if (length === undefined) throw new Error(`an answer does not say how long it is: ${head}`)
  const total = end + 4 + Number(length)
  if (text.length < total) return undefined
  if (text.length > total) throw new Error('more came than one answer')
  return { status: Number(head.slice(9, 12)), body: text.slice(end + 4) }
}

class Slice {
  #answered = 0
  #seen = 0
  #counting = false
  #over = false

  constructor(job) {
    this.job = job
    this.next = requestMaker(job.request)
  }

  async run() {
    const { connections, warmUp, duration } = this.job
    let fail
    const failure = new Promise((_, reject) => (fail = reject))
    const loops = Array.from({ length: connections }, () => this.#connection(fail))
    const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))
    const measure = async () => {
      await wait(warmUp)
      const start = performance.now()
      this.#counting = true
      await wait(duration)
      this.#counting = false
      const seconds = (performance.now() - start) / 1000
      this.#over = true
      await Promise.all(loops)
      return { rate: this.#answered / seconds }
    }
    return Promise.race([measure(), failure])
  }

  /** Resolves when its last answer has come. Bytes are read as latin1, so that characters count as bytes. */
  #connection(fail) {
    return new Promise((resolve) => {
      const socket = net.connect({ port: this.job.port, host: '127.0.0.1', noDelay: true })
      let text = ''
      let asked
      const ask = () => {
        asked = this.next()
        socket.write(asked.text, 'latin1')
      }
      socket.setEncoding('latin1')
      socket.on('connect', ask)
      socket.on('data', (chunk) => {
        text = text === '' ? chunk : text + chunk
        try {
          const answer = parseAnswer(text)
          if (!answer) return
          this.#check(answer, asked.id)
        } catch (error) {
          socket.destroy()
          return fail(error)
        }
        text = ''
        if (this.#counting) this.#answered++
        if (!this.#over) return ask()
        socket.destroy()
        resolve()
      })
      socket.on('error', fail)
      socket.on('end', () => fail(new Error('the server closed a connection')))
    })
  }

  #check({ status, body }, id) {
    const { cell, expected } = this.job
    const isWhole = body.startsWith('{') && body.endsWith('}')
    const isRight =
      status === expected && isWhole && (this.#seen++ % lookEvery !== 0 || checks[cell](JSON.parse(body), id))
    if (!isRight) throw new Error(`${cell} was answered with ${status}: ${body.slice(0, 300)}`)
  }
}

process.on('message', (job) => {
  new Slice(job).run().then(
    (result) => process.send(result),
    (error) => process.send({ error: `${job.server}: ${error.message}` }),
  )
})
process.once('disconnect', () => process.exit())
