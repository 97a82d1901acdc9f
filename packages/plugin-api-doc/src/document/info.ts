import type { DocumentSettings } from '@postern/core'
import type { Part } from './components.js'
import { introduction } from './introduction.js'
import type { Version } from './openapi-3-0.js'

/** `Ann Lee <ann@example.com> (https://example.com)`, any of it. */
function contactOf(text: string): Part {
  const email = /<?([^\s<>()]+@[^\s<>()]+)>?/.exec(text)?.[1]
  const url = /\(?(https?:\/\/[^\s<>()]+)\)?/.exec(text)?.[1]
  const name = text
    .replace(/<[^>]*>|\([^)]*\)/g, '')
    .split(/\s+/)
    .filter((word) => word !== '' && word !== email && word !== url)
    .join(' ')
  return {
    ...(name === '' ? {} : { name }),
    ...(url === undefined ? {} : { url }),
    ...(email === undefined ? {} : { email }),
  }
}

const spdx = /^[\w.+-]+( (AND|OR|WITH) [\w.+-]+)*$/

/** `MIT`, or `Our terms (https://example.com/terms)`. What 3.0 has no member for has an address there. */
function licenceOf(text: string, version: Version): Part {
  const url = /\(?(https?:\/\/[^\s()]+)\)?/.exec(text)?.[1]
  const name = text.replace(/\(?https?:\/\/[^\s()]+\)?/, '').trim()
  if (url !== undefined) return { name: name === '' ? url : name, url }
  if (!spdx.test(name)) return { name }
  return version === '3.1'
    ? { name, identifier: name }
    : { name, url: `https://spdx.org/licenses/${name.split(' ')[0] ?? name}.html` }
}

/** What the document says of the API as a whole, as its operator says it. */
export function infoOf(settings: DocumentSettings, version: Version, part: string | undefined): Part {
  const { title, description, contact, licence } = settings
  return {
    title: part === undefined ? title : `${title}: ${part}`,
    version: settings.apiVersion,
    description: description ?? introduction,
    contact: contact === undefined ? { name: 'Whoever runs this server' } : contactOf(contact),
    license: licenceOf(licence ?? 'LicenseRef-All-rights-reserved', version),
  }
}

/** Where the API is. What a request calls the host is nobody's word for it. */
export const serverOf = ({ publicUrl, prefix }: DocumentSettings): Part => ({
  url: `${publicUrl ?? ''}${prefix}`,
  description: 'This server',
})
