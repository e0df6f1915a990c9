// node markdown.mjs remark|markdown-it: Markdown -> [[display, formula], ...] as JSON, what is handed on to KaTeX.
import { text } from 'node:stream/consumers'

const remark = async (markdown) => {
  const { unified } = await import('unified')
  const plugins = await Promise.all(['remark-parse', 'remark-gfm', 'remark-math'].map((name) => import(name)))
  const found = []
  const walk = (node) => {
    if (node.type === 'math' || node.type === 'inlineMath') found.push([node.type === 'math', node.value])
    for (const child of node.children ?? []) walk(child)
  }
  walk(plugins.reduce((made, plugin) => made.use(plugin.default), unified()).parse(markdown))
  return found
}

const markdownIt = async (markdown) => {
  const { default: MarkdownIt } = await import('markdown-it')
  const { default: plugin } = await import('@vscode/markdown-it-katex')
  const found = []
  const katex = { renderToString: (tex, options) => { found.push([options.displayMode === true, tex]); return '' } }
  new MarkdownIt({ html: true, linkify: true, typographer: true }).use(plugin.default ?? plugin, { katex }).render(markdown)
  return found
}

const read = { remark, 'markdown-it': markdownIt }[process.argv[2]]
console.log(JSON.stringify(await read(await text(process.stdin))))
