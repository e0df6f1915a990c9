// Markdown on standard input -> [[display, formula], ...] as JSON: what remark-math finds.
import { text } from 'node:stream/consumers'
import remarkGfm from 'remark-gfm'
import remarkMath from 'remark-math'
import remarkParse from 'remark-parse'
import { unified } from 'unified'

const found = []
const walk = (node) => {
  if (node.type === 'math' || node.type === 'inlineMath') found.push([node.type === 'math', node.value])
  for (const child of node.children ?? []) walk(child)
}
walk(unified().use(remarkParse).use(remarkGfm).use(remarkMath).parse(await text(process.stdin)))
console.log(JSON.stringify(found))
