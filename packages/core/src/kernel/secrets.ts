/** Secrets as they look anywhere in a text: JWTs, tokens of ours, whatever stands behind `Bearer`, passwords in URLs. */
const secrets: readonly (readonly [RegExp, string])[] = [
  [/\beyJ[\w-]{5,}\.[\w-]+\.?[\w-]*/g, '[token]'],
  [/\b(?:ps[a-z]|pst)_[0-9A-Za-z]{20,}/g, '[token]'],
  // Tokens of `auth/opaque-token.ts`, whatever their prefix, and those that somebody cut or spoilt a little.
  [/\b[A-Za-z][A-Za-z_]*_[0-9A-Za-z]{40,}/g, '[token]'],
  [/\b(bearer\s+)\S+/gi, '$1[token]'],
  [/(:\/\/[^:/\s@]*:)[^@\s]+@/g, '$1[password]@'],
  [/\b((?:access_)?token|password|api_?key|secret)=([^&\s"]+)/gi, '$1=[removed]'],
]

/** For texts that people see: what looks like a secret in them is taken out. */
export const removeSecrets = (text: string): string =>
  secrets.reduce((clean, [pattern, name]) => clean.replace(pattern, name), text)
