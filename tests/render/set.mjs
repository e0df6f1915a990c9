// node set.mjs katex|mathjax3|mathjax4: [[display, formula], ...] as JSON -> what is said against each, "" if nothing.
import { createRequire } from 'node:module'
import { text } from 'node:stream/consumers'

const require = createRequire(import.meta.url)

const katex = async () => {
  const { default: katex } = await import('katex')
  return (tex, display) => katex.renderToString(tex, { displayMode: display, throwOnError: true, strict: 'error', macros: {} })
}

const mathjax = async (name) => {
  const found = await require(name).init({
    loader: { load: ['input/tex'] },
    tex: { packages: { '[-]': ['noundefined'] }, formatError: (jax, error) => { throw error } },
  })
  return (tex, display) => found.tex2mmlPromise(tex, { display })
}

const ENGINES = {
  katex,
  mathjax3: () => mathjax('mathjax3/es5/node-main.js'),
  mathjax4: () => mathjax('mathjax4/node-main.cjs'),
}

const set = await ENGINES[process.argv[2]]()
const said = []
for (const [display, tex] of JSON.parse(await text(process.stdin))) {
  try { await set(tex, display); said.push('') } catch (error) { said.push(error.message) }
}
process.stdout.write(JSON.stringify(said), () => process.exit(0))
