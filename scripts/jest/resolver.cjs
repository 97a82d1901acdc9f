// Sources import each other as `./x.js`, which exists only after a build: in our own files `.js` means `.ts` first.
// node_modules is left alone, since a package may ship a `.ts` beside the `.js` that it means.
// CommonJS, because jest calls a resolver synchronously.
const extensionAlias = { '.js': ['.ts', '.js'] }

module.exports = (request, options) => {
  const ours = request.startsWith('.') && !options.basedir.includes('node_modules')
  return options.defaultResolver(request, ours ? { ...options, extensionAlias } : options)
}
