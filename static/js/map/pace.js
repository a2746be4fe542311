/* Work that many events ask for and that is done at most so often. */

/** A function that runs `work` in the next frame, and at least `pause` milliseconds after the last time. */
export function pace(work, pause) {
  let last = -Infinity;
  let timer = 0;
  let frame = 0;
  const run = () => {
    frame = requestAnimationFrame(() => {
      timer = frame = 0;
      last = performance.now();
      work();
    });
  };
  const later = () => {
    if (timer || frame) return;
    const wait = last + pause - performance.now();
    if (wait <= 0) run();
    else timer = setTimeout(run, wait);
  };
  later.cancel = () => {
    clearTimeout(timer);
    cancelAnimationFrame(frame);
    timer = frame = 0;
  };
  return later;
}
