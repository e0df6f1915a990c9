// In a page: has its mathematics set, and writes what is then seen of it into <html data-seen>, as JSON.
const DISPLAYS = '.katex-display, mjx-container[display="true"], .display'
const MATH = '.katex, mjx-container, math'

const byKatex = (failures) => renderMathInElement(document.body, {
  strict: 'error', throwOnError: true, errorCallback: (said, error) => failures.push(`${said} ${error.message}`),
})

const byMathjax = async (failures) => {
  await MathJax.startup.promise
  for (const error of document.querySelectorAll('[data-mjx-error]')) failures.push(error.dataset.mjxError)
}

const formulas = () => window.MathJax
  ? [...MathJax.startup.document.math].map((item) => [item.display, item.math])
  : [...document.querySelectorAll('.katex')].map((box) => [
    box.parentElement.matches('.katex-display'), box.querySelector('annotation').textContent])

const seen = (failures) => {
  const room = document.documentElement.clientWidth
  const beginning = (box) => box.textContent.trim().slice(0, 60)
  const boxes = [...document.querySelectorAll(`${DISPLAYS}, p, h1, h2, h3, h4`)]
  const wide = boxes.filter((box) => box.scrollWidth > box.clientWidth + 1)
  const scrolls = (box) => /auto|scroll/.test(getComputedStyle(box).overflowX) && box.getBoundingClientRect().right <= room
  return {
    failures,
    formulas: formulas(),
    invisible: [...document.querySelectorAll(MATH)].filter((box) => !box.getBoundingClientRect().height).length,
    page: document.documentElement.scrollWidth - room,
    wide: wide.map((box) => [box.matches(DISPLAYS), box.scrollWidth - box.clientWidth, beginning(box)]),
    cut: wide.filter((box) => !scrolls(box)).map(beginning),
  }
}

addEventListener('load', async () => {
  const failures = []
  if (window.renderMathInElement) byKatex(failures)
  if (window.MathJax) await byMathjax(failures)
  await document.fonts.ready
  document.documentElement.dataset.seen = JSON.stringify(seen(failures))
  document.body.remove()
})
