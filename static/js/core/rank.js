/** Fuzzy ranking: letters in order, better at the start of words and in a row. */

/** @returns {{ score: number, marks: number[] } | null} null when it does not match */
export function rank(text, query) {
  const hay = text.toLowerCase();
  const needle = query.toLowerCase().replace(/\s+/g, " ").trim();
  if (!needle) return { score: 0, marks: [] };

  const whole = hay.indexOf(needle);
  if (whole >= 0) {
    const marks = Array.from({ length: needle.length }, (_, index) => whole + index);
    const wordStart = whole === 0 || /[^\p{L}\p{N}]/u.test(hay[whole - 1]);
    return { score: 1000 + (whole === 0 ? 200 : wordStart ? 120 : 0) - whole - (hay.length - needle.length) * 0.5, marks };
  }
  const marks = [];
  let score = 0;
  let from = 0;
  for (const letter of needle) {
    if (letter === " ") continue;
    const at = hay.indexOf(letter, from);
    if (at < 0) return null;
    const wordStart = at === 0 || /[^\p{L}\p{N}]/u.test(hay[at - 1]);
    score += 10 + (wordStart ? 14 : 0) + (marks.at(-1) === at - 1 ? 12 : 0) - Math.min(at - from, 10);
    marks.push(at);
    from = at + 1;
  }
  // Letters scattered over a long text are chance, not a match.
  const spread = marks.at(-1) - marks[0] + 1;
  return spread > needle.length * 6 ? null : { score: score - hay.length * 0.2, marks };
}

/** The text with the matched letters in <mark>. */
export function highlighted(text, marks) {
  const nodes = [];
  let run = "";
  let inMark = false;
  const flush = () => {
    if (!run) return;
    if (inMark) {
      const mark = document.createElement("mark");
      mark.textContent = run;
      nodes.push(mark);
    } else nodes.push(run);
    run = "";
  };
  const chosen = new Set(marks);
  [...text].length === text.length
    ? [...text].forEach((letter, index) => {
        if (chosen.has(index) !== inMark) {
          flush();
          inMark = chosen.has(index);
        }
        run += letter;
      })
    : (run = text);
  flush();
  return nodes;
}
