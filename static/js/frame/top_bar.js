/** Makes the top bar fit: counts grow and windows shrink, so words give way in steps until nothing is cut off. */
const STEPS = [0, 1, 2, 3, 4];

export function mount(bar) {
  let waiting = 0;
  function fit() {
    waiting = 0;
    for (const step of STEPS) {
      bar.dataset.fit = step;
      if (bar.scrollWidth <= bar.clientWidth) return;
    }
  }
  const watcher = new ResizeObserver(() => {
    waiting ||= requestAnimationFrame(fit);
  });
  for (const part of [bar, ...bar.children]) if (!part.matches("[popover], .spacer, .search-box")) watcher.observe(part);
  fit();
  return () => {
    watcher.disconnect();
    cancelAnimationFrame(waiting);
  };
}
